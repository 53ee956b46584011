"""Base and draft in float16, with the tokenizer beside them: python half.py WORK TOKENIZER_FOLDER"""
import pathlib, shutil, sys, torch
from transformers import LlamaForCausalLM

work, tokenizer = map(pathlib.Path, sys.argv[1:3])
for name in ('base', 'draft'):
  folder = work / 'trunks' / name
  if (folder / 'model.safetensors').exists(): continue
  LlamaForCausalLM.from_pretrained(work / name, dtype=torch.float32).half().save_pretrained(folder)
  (folder / 'generation_config.json').unlink(missing_ok=True)
  for file in ('tokenizer.json', 'tokenizer_config.json'): shutil.copy(tokenizer / file, folder)
