"""The corpora: records, which texts may be used, style prompts, and who may learn from which text."""
import hashlib, io, json, lzma, pathlib, re
import zstandard

UNCLEAR = re.compile('UNVERIFIED|NOT STATED|BY-SA|-SA ')
WINDOW = 460

# Every phrase of a list stands for the same style: one chosen at random is put before a passage.
PROMPTS = {
  ('fairy_tales', 'tale'): ['A fairy tale.', 'Here is a fairy tale.', 'The following is a fairy tale for children.', 'Once upon a time story:', 'A tale of magic.'],
  ('fairy_tales', 'novel'): ["A chapter of a children's novel.", "The following is from a children's book.", 'A story for children:'],
  ('fairy_tales', 'simple'): ['A simple story for small children.', 'A story in easy words.', 'The following is a very simple story:'],
  ('adventure', 'detective'): ['A detective story.', 'The following is a mystery.', 'A crime story:'],
  ('adventure', 'ghost'): ['A ghost story.', 'The following is a horror story.', 'A frightening tale:'],
  ('adventure', 'pirate'): ['A pirate story.', 'The following is a story of the sea.', 'A tale of pirates:'],
  ('adventure', 'adventure'): ['An adventure story.', 'The following is an adventure.', 'A tale of adventure:'],
  ('scifi', 'scifi'): ['A science fiction story.', 'The following is a story of the future.', 'Science fiction:'],
  ('science', 'popular'): ['A popular science article.', 'The following explains science to everyone.', 'Science for the curious:'],
  ('science', 'textbook'): ['A textbook.', 'The following is from a science textbook.', 'A formal scientific text:'],
  ('science', 'magazine'): ['A magazine article.'],
  ('science', 'nonfiction'): ['A nonfiction article.'],
  ('science', 'travel'): ['A travel guide.'],
  ('science', 'encyclopedia'): ['An encyclopedia article.'],
  ('reviews_ccby', 'positive'): ['A positive review.', 'The following review is full of praise.', 'Praise:'],
  ('reviews_ccby', 'negative'): ['A negative review.', 'The following review is full of complaints.', 'Complaint:'],
  ('drama', 'drama'): ['A play.', 'The following is a scene of a play.', 'Drama:'],
  ('poetry', 'poem'): ['A poem.', 'The following is a poem.', 'Verse:'],
  ('dialogue', 'spoken'): ['A telephone conversation.', 'The following is spoken language.'],
  ('howto', 'recipe'): ['A recipe.', 'The following is a recipe.', 'How to cook:'],
  ('howto', 'howto'): ['Instructions.', 'The following explains how something is done.', 'How to:'],
  ('howto', 'etiquette'): ['Advice on manners.', 'The following is about etiquette.'],
  ('letters_speeches', 'speech'): ['A speech.', 'The following is a speech.', 'A formal address:'],
  ('letters_speeches', 'letter'): ['A letter.', 'The following is a letter.'],
  ('letters_speeches', 'formal'): ['A formal document.', 'The following is written in a formal style.'],
  ('informal', 'blog'): ['A blog post.'],
  ('informal', 'jokes'): ['Jokes.'],
  ('informal', 'fiction'): ['A story.'],
  ('informal', 'neutral'): ['A comment on the internet.'],
}

def phrases(record):
  """The prompts of a record's style; None for a style that is not taught."""
  domain, label = record['domain'], record.get('label')
  if (domain, label) in PROMPTS: return PROMPTS[domain, label]
  return [f'A comment that shows {label}.', 'A comment on the internet.'] if domain == 'informal' else None

def lines(path):
  if path.suffix == '.xz': yield from lzma.open(path, 'rt')
  else: yield from io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(open(path, 'rb')), 'utf-8')

def files(corpora, split):
  """xz for training, zstd for what is held out."""
  return sorted(pathlib.Path(corpora).glob('*.jsonl.xz' if split == 'train' else '*.heldout.jsonl.zst'))

def records(corpora, split):
  """Records whose style is taught. Refuses a text without a clear licence."""
  for path in files(corpora, split):
    for line in lines(path):
      record = json.loads(line)
      if phrases(record) is None: continue
      if UNCLEAR.search(record['licence']): raise ValueError(f"Cannot train on a text as its licence is: {record['licence']}")
      yield record

def share(record):
  """A number in [0, 1) that all parts of one title have in common: who learns to steer sees texts below 0.6, judges the rest."""
  title = re.sub(r' \(\d+/\d+\)$', '', record['title'])
  key = f"{record['source']}|{title}" if record['domain'] not in ('informal', 'reviews_ccby') else record['text'][:80]
  return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], 'big') / 2 ** 32

def pieces(text):
  """Paragraphs and lines; long ones cut between sentences."""
  for part in re.split(r'(?<=\n\n)|(?<=\n)(?=\S)', text):
    yield from re.split(r'(?<=[.!?"])(?= [A-Z"])', part) if len(part) > 1200 else [part]

def bare(text):
  """Letters and digits only: two editions of one sentence are the same then."""
  return re.sub(r'[^a-z0-9]', '', text.lower())

def joined(text):
  """A sentence of SST-2 as people write it: no spaces before marks, a capital letter first."""
  text = re.sub(r" (n't|'[a-z]+|[.,;:!?)]|\.\.\.)(?= |$)", r'\1', text.strip()).replace('( ', '(').replace('`` ', '"').replace(" ''", '"')
  return text[:1].upper() + text[1:]

def sst2(corpora, part):
  """Sentences of SST-2 with 1 for positive: only ever for evaluation."""
  rows = [line.rstrip('\n').split(' ', 1) for line in lines(pathlib.Path(corpora) / f'eval/sst2.{part}.txt.zst')]
  return [(joined(text), int(label)) for label, text in rows]

def hashes(corpora):
  return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for split in ('train', 'heldout') for path in files(corpora, split)}
