"""LoRA adapters of the base for each anchor of an attribute: python lora.py CORPORA BASE OUT [NAME …]

Weight interpolation (arXiv:2404.07117) with r = 8 and alpha = 8 on every linear layer: the paper's r = 32 stands beside
a hidden size of 4096, here it is 256. An anchor learns from texts of its kind, half of them behind their prompts.
Only titles below the share of 0.6 are used: the judges learn from the others.
"""
import os, pathlib, sys, time
import numpy as np, torch, torch.nn.functional as F
from peft import LoraConfig, get_peft_model
from corpora import phrases, pieces, records, share
from evaluate import load
from streams import Passages, tokenizer

RANK, STEPS, WINDOW, ROWS, RATE = 8, 160, 256, 16, 2e-3
INFORMAL = ('dialogue spoken', 'informal neutral', 'informal blog', 'informal amusement', 'informal joy', 'informal confusion', 'informal surprise', 'informal annoyance', 'informal excitement')
ANCHORS = {
  'sentiment+': ('reviews_ccby positive',),
  'sentiment-': ('reviews_ccby negative',),
  'formality+': ('letters_speeches formal', 'letters_speeches speech', 'science textbook'),
  'formality-': INFORMAL,
  'simplicity+': ('fairy_tales simple',),
  'simplicity-': ('science textbook', 'science popular', 'science encyclopedia'),
  # the texts hold no politeness corpus: kind comments stand for it, and unkind ones for its contrary
  'politeness+': ('informal gratitude', 'informal caring', 'informal admiration', 'informal love'),
  'politeness-': ('informal annoyance', 'informal anger', 'informal disgust', 'informal disapproval'),
}

def stream(corpora, kinds, tok, seed=7, below=0.6):
  """The tokens of all passages of some kinds; kinds share the stream in proportion to the root of their size."""
  cut, texts = Passages(lambda text: tok.encode(text, add_special_tokens=False), seed), {}
  for record in corpora:
    kind = f"{record['domain']} {record.get('label')}"
    if kind in kinds and share(record) < below: texts.setdefault(kind, []).append(record)
  wanted, out = STEPS * WINDOW * ROWS // len(texts), []
  for kind, of in sorted(texts.items()):
    left = wanted
    while left > 0:
      cut.random.shuffle(of)
      for record in of:
        parts = [one.ids for one in tok.encode_batch(list(pieces(record['text'])), add_special_tokens=False)]
        for tokens, _ in cut.of(phrases(record), parts, True, 0.5):
          out.append(tokens); left -= len(tokens)
        if left <= 0: break
  cut.random.shuffle(out)
  return np.concatenate([np.array(one, dtype=np.int64) for one in out])

def train(base, tokens, name):
  torch.manual_seed(1)
  config = LoraConfig(r=RANK, lora_alpha=RANK, lora_dropout=0.0, bias='none', task_type='CAUSAL_LM', target_modules='all-linear')
  model = get_peft_model(load(base), config).train()
  optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=RATE, betas=(0.9, 0.95), weight_decay=0.01)
  mean, began = None, time.time()
  for step in range(STEPS):
    for group in optimizer.param_groups: group['lr'] = RATE * min(1, (step + 1) / 20, (STEPS - step) / STEPS)
    last = len(tokens) - WINDOW - 1
    x = torch.from_numpy(np.stack([tokens[s % last:s % last + WINDOW + 1] for s in range(step * WINDOW * ROWS, (step + 1) * WINDOW * ROWS, WINDOW)]))
    with torch.autocast('cpu', dtype=torch.bfloat16): logits = model(input_ids=x[:, :-1]).logits
    loss = F.cross_entropy(logits.float().flatten(0, 1), x[:, 1:].flatten())
    loss.backward(); optimizer.step(); optimizer.zero_grad(set_to_none=True)
    mean = loss.item() if mean is None else 0.95 * mean + 0.05 * loss.item()
    if step in (0, 9, 39, STEPS - 1): print(f'{name} {step + 1}/{STEPS} loss {mean:.3f} {time.time() - began:.0f} s', flush=True)
  return model

def main():
  torch.set_num_threads(2)
  corpora, base, out, names = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]), sys.argv[4:] or list(ANCHORS)
  tok, all_records = tokenizer(base), list(records(corpora, 'train'))
  for name in names:
    if (out / name).exists(): continue
    model = train(base, stream(all_records, ANCHORS[name], tok), name)
    for p in model.parameters():
      if p.requires_grad: p.data = p.data.half()
    fresh = out / f'{name}.new'
    model.peft_config['default'].base_model_name_or_path = 'tales'
    model.save_pretrained(fresh); (fresh / 'README.md').unlink(missing_ok=True); os.replace(fresh, out / name)

if __name__ == '__main__': main()
