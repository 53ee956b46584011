/** Phrases that stand for a style, by domain and label: one of them introduces a passage. As the tales model has them. */
const phrases: Readonly<Record<string, ReadonlyArray<string>>> = {
  "fairy_tales tale": [
    "A fairy tale.",
    "Here is a fairy tale.",
    "The following is a fairy tale for children.",
    "Once upon a time story:",
    "A tale of magic."
  ],
  "fairy_tales novel": [
    "A chapter of a children's novel.",
    "The following is from a children's book.",
    "A story for children:"
  ],
  "fairy_tales simple": [
    "A simple story for small children.",
    "A story in easy words.",
    "The following is a very simple story:"
  ],
  "adventure detective": ["A detective story.", "The following is a mystery.", "A crime story:"],
  "adventure ghost": ["A ghost story.", "The following is a horror story.", "A frightening tale:"],
  "adventure pirate": ["A pirate story.", "The following is a story of the sea.", "A tale of pirates:"],
  "adventure adventure": ["An adventure story.", "The following is an adventure.", "A tale of adventure:"],
  "scifi scifi": ["A science fiction story.", "The following is a story of the future.", "Science fiction:"],
  "science popular": [
    "A popular science article.",
    "The following explains science to everyone.",
    "Science for the curious:"
  ],
  "science textbook": ["A textbook.", "The following is from a science textbook.", "A formal scientific text:"],
  "science magazine": ["A magazine article."],
  "science nonfiction": ["A nonfiction article."],
  "science travel": ["A travel guide."],
  "science encyclopedia": ["An encyclopedia article."],
  "reviews_ccby positive": ["A positive review.", "The following review is full of praise.", "Praise:"],
  "reviews_ccby negative": ["A negative review.", "The following review is full of complaints.", "Complaint:"],
  "drama drama": ["A play.", "The following is a scene of a play.", "Drama:"],
  "poetry poem": ["A poem.", "The following is a poem.", "Verse:"],
  "dialogue spoken": ["A telephone conversation.", "The following is spoken language."],
  "howto recipe": ["A recipe.", "The following is a recipe.", "How to cook:"],
  "howto howto": ["Instructions.", "The following explains how something is done.", "How to:"],
  "howto etiquette": ["Advice on manners.", "The following is about etiquette."],
  "letters_speeches speech": ["A speech.", "The following is a speech.", "A formal address:"],
  "letters_speeches letter": ["A letter.", "The following is a letter."],
  "letters_speeches formal": ["A formal document.", "The following is written in a formal style."],
  "informal blog": ["A blog post."],
  "informal jokes": ["Jokes."],
  "informal fiction": ["A story."],
  "informal neutral": ["A comment on the internet."]
}

/** The phrases of a record's style; `undefined` for a style that the tales model was not taught. */
export const phrasesOf = (domain: string, label: string | undefined): ReadonlyArray<string> | undefined =>
  phrases[`${domain} ${label}`] ??
  (domain === "informal" ? [`A comment that shows ${label}.`, "A comment on the internet."] : undefined)

/** Every phrase that is written down here, in order. */
export const allPhrases: ReadonlyArray<string> = Object.values(phrases).flat()
