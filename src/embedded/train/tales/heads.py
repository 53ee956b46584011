"""Text classifiers and a full-vocabulary reward head on trunks that can write: python heads.py CORPORA TRUNKS OUT NAME …

`sentiment` stands on the base, `style` on the draft: sequence classification, the label of a text read at its last token,
trained at every token so that the beginnings of texts are judged too. `reward` stands on the draft and gives in one run
for every next token v the log-odds that the text is positive if it goes on with v (RAD, arXiv:2310.09520; low rank as in
arXiv:2407.04615: the rows of its head are a linear map of the token embeddings, so that rare tokens learn from others).
Only titles below the share of 0.6 are used. TRUNKS holds `base` and `draft`.
"""
import os, pathlib, sys, time
import torch, torch.nn.functional as F
from transformers import LlamaConfig, LlamaForCausalLM, LlamaForSequenceClassification
from corpora import sst2
from evaluate import load
from labelled import STYLES, sentiment, style, texts, windows
from streams import tokenizer

ROWS, PAD = 64, 1
KINDS = {
  'sentiment': dict(trunk='base', names=['negative', 'positive'], label=sentiment, steps=420, shortest=8, longest=72, rate=6e-4),
  'style': dict(trunk='draft', names=list(STYLES), label=style, steps=500, shortest=12, longest=96, rate=1e-3),
  'reward': dict(trunk='draft', names=['negative', 'positive'], label=sentiment, steps=700, shortest=8, longest=72, rate=1e-3),
}

def batch(rows):
  """Rows behind <|endoftext|>, padded: [rows, width], lengths, labels."""
  width = 1 + max(len(ids) for ids, _ in rows)
  x = torch.full((len(rows), width), PAD)
  for i, (ids, _) in enumerate(rows): x[i, :len(ids) + 1] = torch.tensor([0, *ids])
  return x, torch.tensor([len(ids) + 1 for ids, _ in rows]), torch.tensor([label for _, label in rows])

def positions(x, size):
  """How much each position counts: half of a row is its last token, half all of them."""
  inside = torch.arange(x.shape[1])[None] < size[:, None]
  last = torch.arange(x.shape[1])[None] == size[:, None] - 1
  return 0.5 * inside / size[:, None] + 0.5 * last

class Classifier(torch.nn.Module):
  def __init__(self, trunk, labels):
    super().__init__(); self.trunk = trunk; self.score = torch.nn.Linear(trunk.config.hidden_size, labels, bias=False)
    torch.nn.init.zeros_(self.score.weight)
  def forward(self, x): return self.score(self.trunk.model(input_ids=x).last_hidden_state)
  def loss(self, x, size, y):
    logits = self(x).float()
    each = F.cross_entropy(logits.flatten(0, 1), y[:, None].expand(x.shape).flatten(), reduction='none').view(x.shape)
    return (each * positions(x, size)).sum(1).mean()
  def last(self, x, size): return self(x)[torch.arange(len(x)), size - 1].float()
  def save(self, folder, names):
    config = LlamaConfig(**{**self.trunk.config.to_dict(), 'num_labels': len(names)})
    config.id2label, config.label2id = dict(enumerate(names)), {name: i for i, name in enumerate(names)}
    whole = LlamaForSequenceClassification(config)
    whole.model.load_state_dict(self.trunk.model.state_dict()); whole.score.load_state_dict(self.score.state_dict())
    whole.half().save_pretrained(folder)

class Reward(torch.nn.Module):
  def __init__(self, trunk, labels):
    super().__init__(); self.trunk = trunk; width = trunk.config.hidden_size
    self.embeddings = trunk.model.embed_tokens.weight.detach().clone()
    self.map = torch.nn.Linear(width, width, bias=False); self.base = torch.nn.Parameter(torch.zeros(width))
    torch.nn.init.zeros_(self.map.weight)
  def head(self): return self.map(self.embeddings) + self.base
  def forward(self, x): return self.trunk.model(input_ids=x).last_hidden_state @ self.head().T
  def loss(self, x, size, y):
    h = self.trunk.model(input_ids=x[:, :-1]).last_hidden_state
    odds = (h * self.head()[x[:, 1:]]).sum(-1).float()
    each = F.binary_cross_entropy_with_logits(odds, y[:, None].expand(odds.shape).float(), reduction='none')
    return (each * positions(x[:, 1:], size - 1)).sum(1).mean()
  def last(self, x, size):
    h = self.trunk.model(input_ids=x).last_hidden_state[torch.arange(len(x)), size - 2]
    odds = (h * self.head()[x[torch.arange(len(x)), size - 1]]).sum(-1).float()
    return torch.stack([-odds / 2, odds / 2], 1)
  def save(self, folder, names):
    whole = LlamaForCausalLM(LlamaConfig(**{**self.trunk.config.to_dict(), 'tie_word_embeddings': False}))
    whole.model.load_state_dict(self.trunk.model.state_dict()); whole.lm_head.weight.data = self.head().detach()
    whole.half().save_pretrained(folder)

@torch.no_grad()
def accuracy(model, rows):
  right = 0
  for i in range(0, len(rows), 64):
    x, size, y = batch(rows[i:i + 64]); right += (model.last(x, size).argmax(1) == y).sum().item()
  return right / len(rows)

def main():
  torch.set_num_threads(2)
  corpora, trunks, out = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
  tok = tokenizer(trunks / 'base')
  for name in sys.argv[4:] or KINDS:
    if (out / name).exists(): continue
    torch.manual_seed(1)
    kind = KINDS[name]; names = kind['names']
    rows = list(windows(tok, texts(corpora, 'train', kind['label'], lambda s: s < 0.6), names, kind['steps'] * ROWS, kind['shortest'], kind['longest'], 3, alike=name != 'style'))
    model = (Reward if name == 'reward' else Classifier)(load(trunks / kind['trunk']), len(names)).train()
    head = [p for n, p in model.named_parameters() if not n.startswith('trunk')]
    trunk = [p for n, p in model.named_parameters() if n.startswith('trunk')]
    optimizer = torch.optim.AdamW([dict(params=trunk, part=0.5), dict(params=head, part=4.0)], betas=(0.9, 0.98), weight_decay=0.05)
    mean, began = None, time.time()
    for step in range(kind['steps']):
      for group in optimizer.param_groups: group['lr'] = group['part'] * kind['rate'] * min(1, (step + 1) / 40, (kind['steps'] - step) / kind['steps'])
      x, size, y = batch(sorted(rows[step * ROWS:(step + 1) * ROWS], key=lambda row: len(row[0])))
      with torch.autocast('cpu', dtype=torch.bfloat16): loss = model.loss(x, size, y)
      loss.backward(); torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0); optimizer.step(); optimizer.zero_grad(set_to_none=True)
      mean = loss.item() if mean is None else 0.97 * mean + 0.03 * loss.item()
      if step % 50 == 49: print(f'{name} {step + 1}/{kind["steps"]} loss {mean:.3f} {time.time() - began:.0f} s', flush=True)
    model.eval()
    held = list(windows(tok, texts(corpora, 'heldout', kind['label'], lambda s: True), names, 110 * len(names), 32, 64, 4))
    print(f'{name}: held out {accuracy(model, held):.3f} of {len(held)} windows', flush=True)
    if name != 'style':
      dev = [(tok.encode(text, add_special_tokens=False).ids, label) for text, label in sst2(corpora, 'dev')]
      print(f'{name}: SST-2 dev {accuracy(model, dev):.3f} of {len(dev)}', flush=True)
    fresh = out / f'{name}.new'; model.save(fresh, names); os.replace(fresh, out / name)

if __name__ == '__main__': main()
