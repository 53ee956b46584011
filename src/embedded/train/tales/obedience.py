"""Are prompts obeyed? python obedience.py CORPORA BASE JUDGE

For passages of eight styles that neither the base nor a judge has seen, a text is sampled behind a prompt of the same
style. How often does a judge name the style of the real passage, and how often that of the sample? Two judges: the one
that ships, which knows nothing but a few held-out titles, and one of the same kind fitted here on the training texts.
"""
import random, sys
import numpy as np, onnx, torch
from onnx import numpy_helper
from corpora import phrases, records, share
from evaluate import load
from judges import features, fit
from labelled import JUDGED, STYLES, style, texts, windows
from streams import tokenizer

EIGHT = ['fairy tale', 'adventure', 'science fiction', 'science', 'review', 'play', 'poem', 'how-to']
EACH, LENGTH = 60, 128

@torch.no_grad()
def sample(model, prompts):
  """One text of LENGTH tokens behind each prompt, T = 1; prompts of one length go together."""
  texts = {}
  for size in sorted({len(prompt) for prompt in prompts}):
    rows = [i for i, prompt in enumerate(prompts) if len(prompt) == size]
    ids = torch.tensor([prompts[i] for i in rows])
    out = model.generate(ids, do_sample=True, temperature=1.0, top_k=0, top_p=1.0, min_new_tokens=LENGTH, max_new_tokens=LENGTH, pad_token_id=1)
    for i, row in zip(rows, out.tolist()): texts[i] = row[size:]
  return [texts[i] for i in range(len(prompts))]

def main():
  corpora, base, judge = sys.argv[1:4]
  torch.manual_seed(3); rng = random.Random(3)
  table = numpy_helper.to_array(next(one for one in onnx.load(f'{judge}/onnx/model.onnx').graph.initializer if one.name == 'table')).astype(np.float32)
  tok, found = tokenizer(base), {name: [] for name in EIGHT}
  for record in records(corpora, 'heldout'):
    name = style(record)
    if name not in found or share(record) < 0.5: continue
    ids = tok.encode(record['text'], add_special_tokens=False).ids
    for at in range(0, len(ids) - LENGTH, 460): found[name].append((ids[at:at + LENGTH], phrases(record)))
  chosen = [(name, *one) for name in EIGHT for one in rng.sample(found[name], min(EACH, len(found[name])))]
  samples = sample(load(base), [[0] + tok.encode(rng.choice(options) + '\n\n', add_special_tokens=False).ids for _, _, options in chosen])
  told('held-out titles', table, JUDGED, chosen, samples)
  every = list(STYLES)
  train = list(windows(tok, texts(corpora, 'train', style, lambda s: s < 0.3), every, 44000, 32, 128, 5))
  told('training titles', fit(train, len(every)).numpy(), every, chosen, samples)

def told(judge, table, names, chosen, samples):
  named = lambda ids: names[int(table[features(ids)].mean(0).argmax())]
  print(f'judge that learned from {judge}')
  for size in (64, 128):
    real = [named(ids[:size]) == name for name, ids, _ in chosen]; made = [named(ids[:size]) == name for (name, _, _), ids in zip(chosen, samples)]
    print(f'{size} tokens: real {np.mean(real):.3f}, samples {np.mean(made):.3f}, ratio {np.mean(made) / np.mean(real):.3f} of {len(chosen)} passages')
    for style_name in EIGHT:
      at = [i for i, (name, _, _) in enumerate(chosen) if name == style_name]
      print(f'  {style_name}: real {np.mean([real[i] for i in at]):.2f}, samples {np.mean([made[i] for i in at]):.2f} of {len(at)}')

main()
