"""Rows that transformers computes from the weights that ship: python golden.py EMBEDDED GOLDEN

float32 arithmetic on the float16 weights. GOLDEN/tales: rows of tales after the contexts of cases.json. GOLDEN/embedded: rows
of the draft, the reward head, two mixes of adapters, and logits of the classifiers on transformers, after the same contexts.
"""
import json, pathlib, sys
import numpy as np, torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, LlamaForSequenceClassification

embedded, golden = map(pathlib.Path, sys.argv[1:3])
cases = json.loads((golden / 'tales/cases.json').read_text())['cases']
MIXES = {'praise': {'sentiment+': 1.0}, 'three': {'sentiment+': 1.2 * 0.5, 'sentiment-': -0.2 * 0.5, 'formality+': 0.25 * 0.3, 'formality-': 0.75 * 0.3, 'simplicity+': 0.2}}

def causal(folder): return AutoModelForCausalLM.from_pretrained(embedded / folder, dtype=torch.float32).eval()

@torch.no_grad()
def rows(model): return [model(input_ids=torch.tensor([case['tokens']])).logits[0, -1].numpy() for case in cases]

@torch.no_grad()
def labels(folder):
  model = LlamaForSequenceClassification.from_pretrained(embedded / folder, dtype=torch.float32).eval()
  return [model(input_ids=torch.tensor([case['tokens']])).logits[0].tolist() for case in cases]

def mixed(mix):
  """The base with what each adapter adds to its matrices, times its coefficient."""
  model, base = causal('tales'), causal('tales').state_dict()
  weights = {key: value.clone() for key, value in base.items()}
  for name, by in mix.items():
    full = PeftModel.from_pretrained(causal('tales'), embedded / 'tales/adapters' / name).merge_and_unload().state_dict()
    for key, value in weights.items(): value += by * (full[key].float() - base[key])
  model.load_state_dict(weights)
  return model

def save(path, of):
  path.parent.mkdir(parents=True, exist_ok=True); np.concatenate(of).astype('<f4').tofile(path)

save(golden / 'tales/logits.f32', rows(causal('tales')))
out = golden / 'embedded'
save(out / 'draft.f32', rows(causal('tales/draft'))); save(out / 'reward.f32', rows(causal('reward/sentiment')))
for name, mix in MIXES.items(): save(out / f'{name}.f32', rows(mixed(mix)))
(out / 'cases.json').write_text(json.dumps(dict(mixes=MIXES, classifiers={name: labels(f'classifiers/{name}') for name in ('sentiment', 'style')}), indent=1))
