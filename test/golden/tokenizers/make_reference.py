"""What huggingface/tokenizers computes, for test/vocabulary. python make_reference.py TALES_TOKENIZER.json OUT_FOLDER"""
import json, pathlib, random, sys
from tokenizers import Tokenizer, __version__

source, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
rng = random.Random(7)
TEXTS = ['', ' ', '  two  spaces ', '\r\nwindows\r\n\tTab', "I'm sure they'll've gone, don't DON'T", 'naïve café—Straße', '日本語のテキスト。中文，标点',
  'Привет мир مرحبا', '👩‍👩‍👧‍👦 🏳️‍🌈 🇨🇭', 'e\u0301 é ab\u0300\u0301c', 'a\u200bb\ufeffc', '\ufeffmark', 'next\u0085line  \u0085 two', '\u00a0nbsp\u2003em\u3000wide', '12 3.14 1,000 ½² ١٢٣ Ⅷ',
  '<|endoftext|> a<|pad|>b', 'x = {"a": [1, 2]};', '----==== a--b- -c', "'s 'S we'd", 'ſ long s', '𝔘𝔫 snake_case ‿x', '\u0000\u0001', 'Z' * 33, '▁a▁▁b ▁c']

def split(pattern, behavior, invert=False): return {'type': 'Split', 'pattern': pattern, 'behavior': behavior, 'invert': invert}
BEHAVIORS = ['Removed', 'Isolated', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous']
PRE_TOKENIZERS = [
  {'type': 'ByteLevel', 'add_prefix_space': p, 'trim_offsets': True, 'use_regex': r} for p in (False, True) for r in (False, True)] + [
  {'type': 'Metaspace', 'replacement': '▁', 'prepend_scheme': s, 'split': c} for s in ('always', 'first', 'never') for c in (False, True)] + [
  {'type': 'Punctuation', 'behavior': b} for b in BEHAVIORS] + [
  split({'String': '-'}, b) for b in BEHAVIORS] + [split({'Regex': '\\s+|[.,]'}, b) for b in BEHAVIORS] + [
  split({'Regex': '\\w+'}, b, True) for b in ('Removed', 'Isolated')] + [
  {'type': 'Digits', 'individual_digits': d} for d in (False, True)] + [
  {'type': 'Whitespace'}, {'type': 'WhitespaceSplit'}, {'type': 'BertPreTokenizer'},
  {'type': 'Sequence', 'pretokenizers': [split({'Regex': '\\p{N}{1,3}'}, 'Isolated'), {'type': 'ByteLevel', 'add_prefix_space': True, 'trim_offsets': True, 'use_regex': True}]}]

MARKED = ['▁', '▁the', '▁▁x', 'fox', '.', "▁n't", '▁.', '<0xE2>', '<0x82>', '<0xAC>', '<0xEF>', '<0xBB>', '<0xBF>', '<0x41>', 'a▁b', '<s>', '</s>', '▁,', "'", '▁']
BYTES = ['Ġ', 'Ġthe', 'Ã', '©', 'ð', 'Ł', 'ĺ', 'Ģ', 'ï', '»', '¿', 'Ċ', 'x日', 'é', '<s>', '</s>', 'â', 'Ĥ', '¬', 'Ġ.']
WORDS = ['the', '##s', '##', 'do', "n't", '.', ' do not', 'x', 'fox</w>', '</w>', 'a</w>b', ',', '<s>', '</s>', ' ', '?', "'", 's', '##.', 'é']
LLAMA = [{'type': 'Replace', 'pattern': {'String': '▁'}, 'content': ' '}, {'type': 'ByteFallback'}, {'type': 'Fuse'}]
def strip(start, stop): return {'type': 'Strip', 'content': ' ', 'start': start, 'stop': stop}
def sequence(*d): return {'type': 'Sequence', 'decoders': list(d)}
DECODERS = [(None, WORDS), ({'type': 'ByteLevel', 'add_prefix_space': True, 'trim_offsets': True, 'use_regex': True}, BYTES), (sequence(*LLAMA), MARKED), (sequence(*LLAMA, strip(1, 0)), MARKED),
  (sequence(*LLAMA, strip(2, 0)), MARKED), (sequence(*LLAMA, strip(0, 2)), MARKED), (sequence(strip(0, 1), strip(1, 0)), WORDS), (sequence({'type': 'ByteFallback'}, {'type': 'Fuse'}, {'type': 'Replace', 'pattern': {'String': '▁▁'}, 'content': '_'}), MARKED),
  (sequence({'type': 'Fuse'}, {'type': 'Replace', 'pattern': {'Regex': '▁+'}, 'content': ' '}), MARKED), ({'type': 'WordPiece', 'prefix': '##', 'cleanup': True}, WORDS),
  ({'type': 'WordPiece', 'prefix': '##', 'cleanup': False}, WORDS), ({'type': 'BPEDecoder', 'suffix': '</w>'}, WORDS)] + [
  ({'type': 'Metaspace', 'replacement': '▁', 'prepend_scheme': s, 'split': True}, MARKED) for s in ('always', 'first', 'never')]

def tokenizer(pre=None, decoder=None, words=('x',)):
  vocab = {}
  for w in words: vocab.setdefault(w, len(vocab))
  added = [{'id': vocab[t], 'content': t, 'single_word': False, 'lstrip': False, 'rstrip': False, 'normalized': False, 'special': s} for t, s in (('<s>', True), ('</s>', False)) if t in vocab]
  return {'version': '1.0', 'truncation': None, 'padding': None, 'added_tokens': added, 'normalizer': None, 'pre_tokenizer': pre, 'post_processor': None, 'decoder': decoder,
    'model': {'type': 'WordLevel', 'vocab': vocab, 'unk_token': words[0]}}

def decoded(t, ids):
  try: return t.decode(ids, skip_special_tokens=True)
  except BaseException: return None  # Strip panics on tokens shorter than what it may strip

def sequences(size, n, longest): return [[rng.randrange(size + 1) for _ in range(rng.randint(1, longest))] for _ in range(n)]

pre = [{'pre_tokenizer': p, 'pieces': [[piece for piece, _ in Tokenizer.from_str(json.dumps(tokenizer(pre=p))).pre_tokenizer.pre_tokenize_str(t)] for t in TEXTS]} for p in PRE_TOKENIZERS]
dec = []
for d, words in DECODERS:
  t = tokenizer(decoder=d, words=words); loaded = Tokenizer.from_str(json.dumps(t))
  dec.append({'tokenizer': t, 'cases': [{'tokens': ids, 'text': x} for ids in sequences(len(t['model']['vocab']), 60, 9) if (x := decoded(loaded, ids)) is not None]})
bytes_ = {f'<0x{b:02X}>': [f'<0x{b:02X}>', -20.0] for b in range(256)}
unigram = {**tokenizer(), 'added_tokens': [], 'pre_tokenizer': {'type': 'Metaspace', 'replacement': '▁', 'prepend_scheme': 'always', 'split': True},
  'decoder': sequence(*LLAMA, strip(1, 0)), 'model': {'type': 'Unigram', 'unk_id': 0, 'byte_fallback': True,
  'vocab': [['<unk>', 0.0], ['▁', -3.0], ['▁▁', -3.5], ['a', -2.0], ['b', -2.5], ['c', -2.6], ['ab', -3.0], ['▁a', -2.8], ['e', -3.0], ['é', -3.1], *bytes_.values()]}}
loaded = Tokenizer.from_str(json.dumps(unigram))
(out / 'parts.json').write_text(json.dumps({'made_with': f'tokenizers {__version__}', 'texts': TEXTS, 'pre_tokenizers': pre, 'decoders': dec,
  'unigram': {'tokenizer': unigram, 'cases': [{'text': t, 'tokens': loaded.encode(t).ids, 'decoded': loaded.decode(loaded.encode(t).ids)} for t in TEXTS]}}, ensure_ascii=True))

loaded = Tokenizer.from_file(str(source))
encoded = [{'text': t, 'with_special': loaded.encode(t).ids, 'without_special': (b := loaded.encode(t, add_special_tokens=False).ids), 'decoded_skip_special': loaded.decode(b, skip_special_tokens=True)} for t in TEXTS]
(out / 'tales.json').write_text(json.dumps({'made_with': f'tokenizers {__version__}', 'cases': encoded,
  'random': [{'tokens': ids, 'text': loaded.decode(ids, skip_special_tokens=True)} for ids in sequences(loaded.get_vocab_size() - 1, 60, 20)]}, ensure_ascii=True))
