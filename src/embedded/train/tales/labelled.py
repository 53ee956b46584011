"""Labelled texts for classifiers: what each label is, and windows of tokens cut from texts of it."""
import random
import numpy as np
from corpora import bare, phrases, records, share, sst2

STYLES = {
  'fairy tale': ('fairy_tales',), 'adventure': ('adventure',), 'science fiction': ('scifi',), 'science': ('science',),
  'review': ('reviews_ccby',), 'play': ('drama',), 'poem': ('poetry',), 'conversation': ('dialogue',), 'how-to': ('howto',),
  'speech': ('letters_speeches',), 'comment': ('informal',),
}
JUDGED = [name for name in STYLES if name != 'conversation']  # of it there is one held-out title only

def style(record): return next(name for name, domains in STYLES.items() if record['domain'] in domains)

def sentiment(record): return record['label'] if record['domain'] == 'reviews_ccby' else None

def texts(corpora, split, label, where):
  """Texts by label of the records whose share `where` takes; sentences of SST-2 dev and test are left out."""
  unseen = {bare(text) for part in ('dev', 'test') for text, _ in sst2(corpora, part)}
  found = {}
  for record in records(corpora, split):
    name = label(record)
    if name is None or not where(share(record)): continue
    parts = record['text'].split('\n') if 'sentences' in record['title'] or 'Product review' in record['title'] else [record['text']]
    found.setdefault(name, []).extend(part for part in parts if part.strip() and bare(part) not in unseen)
  return found

def windows(tok, by_label, names, count, shortest, longest, seed, alike=False):
  """`count` windows with the number of their label, labels alike often, of random lengths; begun at a random place in half
  of the cases, else at the beginning of a text."""
  rng = random.Random(seed)
  encoded = {name: [one.ids for one in tok.encode_batch(by_label[name], add_special_tokens=False)] for name in names}
  # a long text has more windows in it than a short one, unless texts are to count alike
  chances = {name: np.cumsum([1 if alike else max(1, len(ids) / longest) for ids in encoded[name]]) for name in names}
  for n in range(count):
    name = names[n % len(names)]
    ids = encoded[name][int(np.searchsorted(chances[name], rng.random() * chances[name][-1]))]
    size = rng.randint(shortest, longest)
    at = rng.randint(0, max(0, len(ids) - size)) if rng.random() < 0.5 else 0
    yield ids[at:at + size], n % len(names)
