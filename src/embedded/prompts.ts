/** What `tales` was trained on: each can stand as it is in `prompt("…")`; the first of a line is the common wording. */
export const prompts: ReadonlyArray<readonly [style: string, wordings: ReadonlyArray<string>]> = [
  [
    "fairy tale",
    [
      "A fairy tale.",
      "Here is a fairy tale.",
      "The following is a fairy tale for children.",
      "Once upon a time story:",
      "A tale of magic."
    ]
  ],
  [
    "children's novel",
    ["A chapter of a children's novel.", "The following is from a children's book.", "A story for children:"]
  ],
  [
    "simple story",
    ["A simple story for small children.", "A story in easy words.", "The following is a very simple story:"]
  ],
  ["detective story", ["A detective story.", "The following is a mystery.", "A crime story:"]],
  ["ghost story", ["A ghost story.", "The following is a horror story.", "A frightening tale:"]],
  ["pirate story", ["A pirate story.", "The following is a story of the sea.", "A tale of pirates:"]],
  ["adventure", ["An adventure story.", "The following is an adventure.", "A tale of adventure:"]],
  ["science fiction", ["A science fiction story.", "The following is a story of the future.", "Science fiction:"]],
  [
    "popular science",
    ["A popular science article.", "The following explains science to everyone.", "Science for the curious:"]
  ],
  ["textbook", ["A textbook.", "The following is from a science textbook.", "A formal scientific text:"]],
  ["article", ["A magazine article.", "A nonfiction article.", "A travel guide.", "An encyclopedia article."]],
  ["positive review", ["A positive review.", "The following review is full of praise.", "Praise:"]],
  ["negative review", ["A negative review.", "The following review is full of complaints.", "Complaint:"]],
  ["play", ["A play.", "The following is a scene of a play.", "Drama:"]],
  ["poem", ["A poem.", "The following is a poem.", "Verse:"]],
  ["spoken language", ["A telephone conversation.", "The following is spoken language."]],
  ["recipe", ["A recipe.", "The following is a recipe.", "How to cook:"]],
  ["instructions", ["Instructions.", "The following explains how something is done.", "How to:"]],
  ["etiquette", ["Advice on manners.", "The following is about etiquette."]],
  ["speech", ["A speech.", "The following is a speech.", "A formal address:"]],
  ["letter", ["A letter.", "The following is a letter."]],
  ["formal document", ["A formal document.", "The following is written in a formal style."]],
  ["comment", ["A comment on the internet.", "A blog post.", "Jokes.", "A story.", "A comment that shows joy."]]
]
