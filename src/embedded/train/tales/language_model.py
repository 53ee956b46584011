"""Train a Llama on a stream of tokens, or distil one from a teacher, on two CPU cores.

    python language_model.py STREAM OUT --steps N [--start FOLDER | --shape FILE] [--teacher FOLDER] [--rate R]

STREAM: uint16 tokens. OUT: a Hugging Face folder, written at the end; OUT.state holds what is needed to go on after an
interruption. With a teacher the loss goes over from KL divergence to total variation. Muon for matrices, AdamW for the
rest; the rate falls linearly to 0. The first 60 % of the tokens are seen in windows of 256, the rest in windows of 512
(attention costs as much as all products do). The same seed, steps and machine give the same weights.
"""
import argparse, json, os, pathlib, time
import numpy as np, torch, torch.nn.functional as F
from transformers import LlamaConfig, LlamaForCausalLM

BATCH_TOKENS, LONG, SHORT, WARMUP = 8192, 512, 256, 100

def arguments():
  p = argparse.ArgumentParser()
  p.add_argument('stream'); p.add_argument('out', type=pathlib.Path)
  p.add_argument('--steps', type=int, required=True)
  p.add_argument('--start'); p.add_argument('--shape'); p.add_argument('--teacher')
  p.add_argument('--rate', type=float, default=1.0, help='a factor on the peak rates: Muon 0.02, AdamW 4e-3')
  p.add_argument('--short', type=float, default=0.6, help='part of the steps with windows of 256')
  p.add_argument('--seed', type=int, default=1)
  return p.parse_args()

def load(args):
  kind = dict(dtype=torch.float32, attn_implementation='sdpa')
  if args.start: return LlamaForCausalLM.from_pretrained(args.start, **kind)
  torch.manual_seed(args.seed)
  return LlamaForCausalLM._from_config(LlamaConfig.from_pretrained(args.shape), **kind)

def logits_of(model, x):
  with torch.autocast('cpu', dtype=torch.bfloat16):
    return model.lm_head(model.model(input_ids=x).last_hidden_state)

def batch(stream, step, window):
  """The next windows of the stream, which is shuffled already: a function of the step, so that a resumed run sees the same."""
  last = len(stream) - window - 1
  starts = [(step * BATCH_TOKENS + i * window) % last for i in range(BATCH_TOKENS // window)]
  x = torch.from_numpy(np.stack([stream[s:s + window + 1] for s in starts]).astype(np.int64))
  return x[:, :-1].contiguous(), x[:, 1:].contiguous()

def main():
  args = arguments(); torch.set_num_threads(2)
  model = load(args); size = model.config.vocab_size
  teacher = LlamaForCausalLM.from_pretrained(args.teacher, dtype=torch.bfloat16, attn_implementation='sdpa').eval() if args.teacher else None
  stream = np.memmap(args.stream, dtype=np.uint16, mode='r')
  matrices = [p for n, p in model.named_parameters() if p.ndim == 2 and 'embed' not in n and 'lm_head' not in n]
  known = {id(p) for p in matrices}
  others = [p for p in model.parameters() if id(p) not in known]
  muon = torch.optim.Muon(matrices, lr=0.02, weight_decay=0.01, momentum=0.95)
  adam = torch.optim.AdamW(others, lr=4e-3, betas=(0.9, 0.95), weight_decay=0.0)

  def loss_of(x, y, wanted, late):
    logits = logits_of(model, x).float().view(-1, size)
    own = F.cross_entropy(logits, y.view(-1))
    if wanted is None: return own, own
    law = F.log_softmax(logits, -1)
    kl = F.kl_div(law, wanted.float(), log_target=True, reduction='batchmean')
    apart = 0.5 * (law.exp() - wanted.float().exp()).abs().sum(-1).mean()  # drafts are kept with 1 - this
    return 0.1 * own + (1 - late) * kl + 3 * late * apart, own
  fast = torch.compile(loss_of)

  state, step, mean, began = pathlib.Path(f'{args.out}.state'), 0, None, time.time()
  if state.exists():
    saved = torch.load(state, weights_only=False)
    model.load_state_dict(saved['model']); muon.load_state_dict(saved['muon']); adam.load_state_dict(saved['adam'])
    step, mean = saved['step'], saved['mean']
  while step < args.steps:
    rate = args.rate * min(1, (step + 1) / WARMUP, (args.steps - step) / (args.steps - WARMUP))
    for g in muon.param_groups: g['lr'] = 0.02 * rate
    for g in adam.param_groups: g['lr'] = 4e-3 * rate
    x, y = batch(stream, step, SHORT if step < args.short * args.steps else LONG)
    wanted = None
    if teacher is not None:
      with torch.no_grad(): wanted = F.log_softmax(teacher(input_ids=x).logits.view(-1, size).float(), -1).bfloat16()
    loss, own = fast(x, y, wanted, torch.tensor(step / args.steps))
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    muon.step(); adam.step(); model.zero_grad(set_to_none=True)
    mean = own.item() if mean is None else 0.98 * mean + 0.02 * own.item(); step += 1
    if step in (3, 10, 30) or step % 100 == 0: print(f'{step}/{args.steps} loss {mean:.3f} {time.time() - began:.0f} s', flush=True)
    if step % 200 == 0:
      torch.save(dict(model=model.state_dict(), muon=muon.state_dict(), adam=adam.state_dict(), step=step, mean=mean), f'{state}.new')
      os.replace(f'{state}.new', state)
  model.save_pretrained(args.out)

main()
