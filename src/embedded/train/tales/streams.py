"""Corpora to streams of tokens: python streams.py CORPORA OUT

OUT/natural.u16: every passage once. OUT/balanced.u16: 20 M tokens, each domain in proportion to the root of its size and
at most three times. OUT/heldout.u16 with heldout.json: passages that no training sees. Each passage stands behind
<|endoftext|> and, in nine of ten cases, a prompt of its style.
"""
import collections, json, math, pathlib, random, sys
import numpy as np
from tokenizers import Tokenizer, processors
from corpora import WINDOW, hashes, phrases, pieces, records

BALANCED = 20_000_000

def tokenizer(folder):
  """The tokenizer of the base, without the token that it puts first."""
  found = Tokenizer.from_file(str(pathlib.Path(folder) / 'tokenizer.json'))
  found.post_processor = processors.TemplateProcessing(single='$A', special_tokens=[])
  return found

class Passages:
  """Cuts texts into passages of at most `budget` tokens between pieces, each behind a prompt."""
  def __init__(self, encode, seed):
    self.encode, self.random, self.known = encode, random.Random(seed), {}

  def prompt(self, options):
    chosen = self.random.choice(options)
    if chosen not in self.known: self.known[chosen] = self.encode(chosen + '\n\n').ids
    return self.known[chosen]

  def of(self, options, encoded, vary, without=0.1):
    budget = lambda: int(WINDOW * self.random.uniform(0.35, 1)) if vary else WINDOW
    current, room = [], budget()
    def whole():
      head = [] if self.random.random() < without else self.prompt(options)
      return [0] + head + current, 1 + len(head)
    for ids in encoded:
      if current and len(current) + len(ids) > room:
        yield whole()
        current, room = [], budget()
      current = current + ids[:WINDOW]
    if current: yield whole()

def encoded(corpora, split, tok):
  for record in records(corpora, split):
    yield record, [one.ids for one in tok.encode_batch(list(pieces(record['text'])), add_special_tokens=False)]

def save(path, passages, rng):
  rng.shuffle(passages)
  np.concatenate([np.array(tokens, dtype=np.uint16) for tokens in passages]).tofile(path)
  print(path.name, len(passages), 'passages', sum(map(len, passages)), 'tokens', flush=True)

def main():
  corpora, out, base = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
  out.mkdir(parents=True, exist_ok=True)
  (out / 'corpora.json').write_text(json.dumps(hashes(corpora), indent=2))
  tok = tokenizer(base)
  cut = Passages(lambda text: tok.encode(text, add_special_tokens=False), 7)
  kept, meta = [], []
  for record, parts in encoded(corpora, 'heldout', tok):
    for tokens, start in cut.of(phrases(record), parts, False, 0):
      kept.append(np.array(tokens, dtype=np.uint16)); meta.append([len(tokens), start, record['domain'], record.get('label')])
  np.concatenate(kept).tofile(out / 'heldout.u16'); (out / 'heldout.json').write_text(json.dumps(meta))
  documents = collections.defaultdict(list)
  for record, parts in encoded(corpora, 'train', tok): documents[record['domain']].append((phrases(record), parts))
  size = {domain: sum(len(ids) for _, parts in of for ids in parts) for domain, of in documents.items()}
  save(out / 'natural.u16', [tokens for of in documents.values() for options, parts in of for tokens, _ in cut.of(options, parts, False)], cut.random)
  roots = sum(map(math.sqrt, size.values()))
  balanced = []
  for domain, of in sorted(documents.items()):
    left = min(int(BALANCED * math.sqrt(size[domain]) / roots), 3 * size[domain])
    while left > 0:
      cut.random.shuffle(of)
      for options, parts in of:
        for tokens, _ in cut.of(options, parts, True):
          if left > 0: balanced.append(tokens)
          left -= len(tokens)
        if left <= 0: break
  save(out / 'balanced.u16', balanced, cut.random)

if __name__ == '__main__': main()
