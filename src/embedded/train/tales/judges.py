"""Classifiers that judge what others steer: python judges.py CORPORA BASE OUT

They are of another kind than what steers (a linear law over words and pairs of words, no network, no pretraining) and learn
from other texts. `attributes-judge`: four labels, each for itself, from titles above the share of 0.6, which neither
adapters nor steering classifiers saw. `style-judge`: from held-out texts below the share of 0.5, so that it never saw a
training text of any model; it is measured on the others. Exported as graphs with onnx.
"""
import json, os, pathlib, sys
import numpy as np, onnx, torch, torch.nn.functional as F
from onnx import TensorProto as T, helper as h, numpy_helper
from corpora import sst2
from labelled import JUDGED, style, texts, windows
from lora import ANCHORS
from streams import tokenizer

BUCKETS, VOCABULARY, SCALE, SEEDS = 32768, 4096, 4.0, (5, 6, 7, 8)

def features(ids):
  """Tokens behind <|endoftext|>, and pairs of neighbours by their number in a table of BUCKETS."""
  ids = np.asarray([0, *ids], dtype=np.int64)
  return np.concatenate([ids, VOCABULARY + (ids[:-1] * 31337 + ids[1:] * 7919) % BUCKETS])

def fit(rows, labels, epochs=6, rate=0.02, decay=2e-6):
  torch.manual_seed(1)
  table = torch.nn.EmbeddingBag(VOCABULARY + BUCKETS, labels, mode='mean'); torch.nn.init.zeros_(table.weight)
  optimizer = torch.optim.Adam(table.parameters(), lr=rate)
  data = [(torch.from_numpy(features(ids)), label) for ids, label in rows]
  total, step = epochs * (len(data) // 256), 0
  for _ in range(epochs):
    order = np.random.default_rng(step).permutation(len(data))
    for i in range(0, len(order) - 255, 256):
      part = [data[j] for j in order[i:i + 256]]
      offsets = torch.tensor([0, *np.cumsum([len(f) for f, _ in part])[:-1]])
      logits = table(torch.cat([f for f, _ in part]), offsets) * SCALE
      loss = F.cross_entropy(logits, torch.tensor([y for _, y in part])) + decay * table.weight.square().sum()
      for group in optimizer.param_groups: group['lr'] = rate * (1 - step / total)
      loss.backward(); optimizer.step(); optimizer.zero_grad(); step += 1
  return table.weight.detach() * SCALE

def accuracy(table, rows):
  return sum(int(table[features(ids)].mean(0).argmax()) == y for ids, y in rows) / len(rows)

def export(folder, table, names, kind):
  """Mean over the table's rows of a text's tokens and pairs; padded places count nothing."""
  nodes, consts = [], []
  def const(name, value): consts.append(numpy_helper.from_array(np.asarray(value), name)); return name
  def op(kind, inputs, out, **attributes): nodes.append(h.make_node(kind, inputs, [out], **attributes)); return out
  ids, mask = 'input_ids', 'attention_mask'
  const('table', table.numpy().astype(np.float16)); const('one', np.array([1])); const('far', np.array([1 << 40])); const('zero', np.array([0])); const('minus', np.array([-1])); const('axis', np.array([1]))
  const('a', np.int64(31337)); const('b', np.int64(7919)); const('buckets', np.int64(BUCKETS)); const('first', np.int64(VOCABULARY))
  op('Slice', [ids, 'zero', 'minus', 'axis'], 'left'); op('Slice', [ids, 'one', 'far', 'axis'], 'right'); op('Slice', [mask, 'one', 'far', 'axis'], 'pairs')
  op('Mul', ['left', 'a'], 'la'); op('Mul', ['right', 'b'], 'rb'); op('Add', ['la', 'rb'], 'sum'); op('Mod', ['sum', 'buckets'], 'mod'); op('Add', ['mod', 'first'], 'pair_ids')
  op('Concat', [ids, 'pair_ids'], 'all_ids', axis=1); op('Concat', [mask, 'pairs'], 'all_mask_int', axis=1)
  op('Gather', ['table', 'all_ids'], 'rows_half'); op('Cast', ['rows_half'], 'rows', to=T.FLOAT); op('Cast', ['all_mask_int'], 'all_mask', to=T.FLOAT)
  const('last', np.array([2])); op('Unsqueeze', ['all_mask', 'last'], 'wide'); op('Mul', ['rows', 'wide'], 'kept')
  op('ReduceSum', ['kept', 'axis'], 'total', keepdims=0); op('ReduceSum', ['all_mask', 'axis'], 'count', keepdims=1); op('Div', ['total', 'count'], 'logits')
  graph = h.make_graph(nodes, 'judge', [h.make_tensor_value_info(n, T.INT64, ['batch', 'sequence']) for n in (ids, mask)],
    [h.make_tensor_value_info('logits', T.FLOAT, ['batch', len(names)])], consts)
  model = h.make_model(graph, opset_imports=[h.make_opsetid('', 17)], ir_version=8, producer_name='polylogit')
  onnx.checker.check_model(model)
  fresh = folder.with_suffix('.new'); (fresh / 'onnx').mkdir(parents=True, exist_ok=True); onnx.save(model, fresh / 'onnx' / 'model.onnx')
  (fresh / 'config.json').write_text(json.dumps(dict(model_type='bag-of-pairs', architectures=['BagOfPairsForSequenceClassification'], problem_type=kind, vocab_size=VOCABULARY,
    max_position_embeddings=512, id2label={str(i): n for i, n in enumerate(names)}, label2id={n: i for i, n in enumerate(names)}), indent=2))
  os.replace(fresh, folder)

def anchor(positive, negative):
  kinds = {**dict.fromkeys(ANCHORS[positive], 1), **dict.fromkeys(ANCHORS[negative], 0)}
  return lambda record: kinds.get(f"{record['domain']} {record.get('label')}")

ATTRIBUTES = {'positive': 'sentiment', 'formal': 'formality', 'simple': 'simplicity', 'polite': 'politeness'}

def main():
  corpora, base, out = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]); tok = tokenizer(base); out.mkdir(parents=True, exist_ok=True)
  columns = []
  for name, attribute in ATTRIBUTES.items():
    label = anchor(f'{attribute}+', f'{attribute}-')
    learned = texts(corpora, 'train', label, lambda s: s >= 0.6)
    # what one sample of windows says by chance, another does not
    table = sum(fit(list(windows(tok, learned, [0, 1], 26000, 12, 64, seed, alike=True)), 2) for seed in SEEDS) / len(SEEDS)
    held = list(windows(tok, texts(corpora, 'heldout', label, lambda s: True), [0, 1], 1000, 32, 32, 6))
    print(f'attributes-judge {name}: held out {accuracy(table, held):.3f} of {len(held)} windows of 32 tokens', flush=True)
    if name == 'positive':
      dev = [(tok.encode(text, add_special_tokens=False).ids, y) for text, y in sst2(corpora, 'dev')]
      print(f'attributes-judge positive: SST-2 dev {accuracy(table, dev):.3f}', flush=True)
    columns.append(table[:, 1] - table[:, 0])
  if not (out / 'attributes-judge').exists(): export(out / 'attributes-judge', torch.stack(columns, 1), list(ATTRIBUTES), 'multi_label_classification')
  names = JUDGED
  table = fit(list(windows(tok, texts(corpora, 'heldout', style, lambda s: s < 0.5), names, 20000, 16, 128, 5)), len(names))
  for size in (32, 64, 128):
    held = list(windows(tok, texts(corpora, 'heldout', style, lambda s: s >= 0.5), names, 2200, size, size, 6))
    print(f'style-judge: other held-out titles {accuracy(table, held):.3f} of {len(held)} windows of {size} tokens', [round(accuracy(table, [r for r in held if r[1] == i]), 2) for i in range(len(names))], flush=True)
  if not (out / 'style-judge').exists(): export(out / 'style-judge', table, names, 'single_label_classification')

if __name__ == '__main__': main()
