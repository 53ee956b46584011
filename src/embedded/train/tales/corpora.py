"""The corpora: records, which texts may be used, style prompts, and who may learn from which text."""
import hashlib, io, json, lzma, pathlib, re
import zstandard

UNCLEAR = re.compile('UNVERIFIED|NOT STATED|BY-SA|-SA ')
WINDOW = 460

# Every phrase of a list stands for the same style, by domain and label: one chosen at random is put before a passage.
PROMPTS = json.loads((pathlib.Path(__file__).parent.parent / 'styles.json').read_text())

def phrases(record):
  """The prompts of a record's style; None for a style that is not taught."""
  domain, label = record['domain'], record.get('label')
  if f'{domain} {label}' in PROMPTS: return PROMPTS[f'{domain} {label}']
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
