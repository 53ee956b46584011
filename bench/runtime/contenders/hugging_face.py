"""Hugging Face transformers, float32, the faster kind of attention: python hugging_face.py FOLDER THREADS; the protocol is in ../protocol.ts."""
import json, sys, time
import torch
from transformers import AutoModelForCausalLM

torch.set_num_threads(int(sys.argv[2]))
model = AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype=torch.float32, attn_implementation="sdpa").eval()
print(flush=True)


class Times:
    """What generate hands its tokens to."""

    def __init__(self, prompt):
        self.tokens, self.first, self.skip = [], None, len(prompt)

    def put(self, tokens):
        tokens = tokens.flatten().tolist()
        if self.skip:
            tokens, self.skip = tokens[self.skip:], 0
        if tokens and self.first is None:
            self.first = time.perf_counter()
        self.tokens += tokens

    def end(self):
        pass


for line in sys.stdin:
    go = json.loads(line)
    prompt, count = go["prompt"], go["count"]
    begin = time.perf_counter()
    times = Times(prompt)
    with torch.inference_mode():
        input_ids = torch.tensor([prompt])
        model.generate(input_ids=input_ids, attention_mask=torch.ones_like(input_ids), max_new_tokens=count,
                       do_sample=False, eos_token_id=None, pad_token_id=0, streamer=times)
    end = time.perf_counter()
    print(json.dumps({"tokens": times.tokens, "first": 1e3 * (times.first - begin), "rest": 1e3 * (end - times.first)}),
          flush=True)
