"""Held-out loss after the prompt, by domain: python evaluate.py STREAMS MODEL [DRAFT]; with a draft its expected acceptance."""
import collections, json, math, os, pathlib, sys
import numpy as np, torch, torch.nn.functional as F
from transformers import LlamaForCausalLM
from streams import tokenizer

PASSAGES = 60

def load(folder): return LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation='sdpa').eval()

def passages(streams):
  stream, at = np.fromfile(streams / 'heldout.u16', dtype=np.uint16), 0
  for size, start, domain, label in json.loads((streams / 'heldout.json').read_text()):
    yield stream[at:at + size].astype(np.int64), start, domain, label
    at += size

@torch.no_grad()
def losses(model, tok, streams):
  """Nats and bytes by domain, of the first 60 passages of each in an order drawn once."""
  by = collections.defaultdict(list)
  for one in passages(streams): by[one[2]].append(one)
  table = {}
  for domain, of in sorted(by.items()):
    order = np.random.default_rng(3).permutation(len(of))[:PASSAGES]
    nats = tokens = size = 0
    for i in order:
      ids, start, _, _ = of[i]
      x = torch.from_numpy(ids)[None]
      nll = F.cross_entropy(model(input_ids=x[:, :-1]).logits[0], x[0, 1:], reduction='none')[start - 1:]
      nats += nll.sum().item(); tokens += len(ids) - start; size += len(tok.decode(ids[start:].tolist()).encode())
    table[domain] = (tokens, nats, size)
  return table

@torch.no_grad()
def acceptance(model, draft, tok, prompts, length=64, each=8):
  """1 - total variation between draft and base, a mean over the places of passages sampled from the base at T = 1."""
  torch.manual_seed(5); rows = []
  for prompt in prompts:
    ids = torch.tensor([[0] + tok.encode(prompt + '\n\n').ids]).repeat(each, 1); kept = 0.0
    for _ in range(length):
      p = model(input_ids=ids).logits[:, -1].softmax(-1); q = draft(input_ids=ids).logits[:, -1].softmax(-1)
      kept += torch.minimum(p, q).sum(-1).mean().item() / length
      ids = torch.cat([ids, torch.multinomial(p, 1)], 1)
    rows.append(kept)
  return rows

if __name__ == '__main__':
  torch.set_num_threads(int(os.environ.get('THREADS', 2)))
  streams, folder = pathlib.Path(sys.argv[1]), sys.argv[2]
  model, tok = load(folder), tokenizer(sys.argv[4] if len(sys.argv) > 4 else folder)
  table = losses(model, tok, streams)
  print('| domain | tokens | nats a token | bits a byte |\n|---|---|---|---|')
  table['all'] = tuple(map(sum, zip(*table.values())))
  for domain, (tokens, nats, size) in table.items(): print(f'| {domain} | {tokens} | {nats / tokens:.3f} | {nats / math.log(2) / size:.3f} |')
  if len(sys.argv) > 3:
    rows = acceptance(model, load(sys.argv[3]), tok, ['A fairy tale.', 'A poem.', 'A detective story.', 'A textbook.', 'A positive review.', 'A play.'])
    print('acceptance', sum(rows) / len(rows), 'by prompt', [round(x, 3) for x in rows])
