"""Tiny random checkpoints with settings that are seldom used, and the logits of Hugging Face transformers for the folder
as it lies there, in float32 with eager attention. Some have config.json as it was before transformers 5.
python make.py OUT"""
import json, pathlib, shutil, sys
import numpy as np, torch, transformers as tf

out, rng = pathlib.Path(sys.argv[1]), np.random.default_rng(11)
V = 40
base = dict(vocab_size=V, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, intermediate_size=24,
            max_position_embeddings=64, bos_token_id=0, eos_token_id=0, pad_token_id=1)
neox = {k: v for k, v in base.items() if k != 'num_key_value_heads'}
gpt2 = dict(vocab_size=V, n_embd=16, n_layer=2, n_head=4, n_positions=64, bos_token_id=0, eos_token_id=0)
mpt = dict(vocab_size=V, d_model=24, n_layers=2, n_heads=6, max_seq_len=64)
def rope(rope_type='default', theta=100.0, **more):
    return dict(rope_parameters=dict(rope_type=rope_type, rope_theta=theta, **more))
def older(c):  # before transformers 5
    r = c.pop('rope_parameters')
    c['torch_dtype'] = c.pop('dtype')
    if 'full_attention' in r:
        c['rope_theta'], c['rope_local_base_freq'] = r['full_attention'].pop('rope_theta'), r['sliding_attention']['rope_theta']
        c['sliding_window_pattern'] = c.pop('_sliding_window_pattern')
        r = r['full_attention']
    else:
        c['rotary_emb_base' if c['model_type'] == 'gpt_neox' else 'rope_theta'] = r.pop('rope_theta')
        if 'partial_rotary_factor' in r:
            c['rotary_pct' if c['model_type'] == 'gpt_neox' else 'partial_rotary_factor'] = r.pop('partial_rotary_factor')
    c['rope_scaling'] = None if r['rope_type'] == 'default' else r
    c.pop('layer_types', None)
short, long = [1.0, 1.7], [3.0, 5.0]
bf16, f16 = torch.bfloat16, torch.float16
yarn = rope('yarn', factor=4.0, original_max_position_embeddings=16)
cases = {
 'llama_yarn': (tf.LlamaConfig(**base | dict(head_dim=10, attention_bias=True, mlp_bias=True), **rope('yarn', factor=8.0,
     original_max_position_embeddings=16, beta_fast=2.0, beta_slow=0.5, mscale=0.7, mscale_all_dim=1.3, truncate=False)), {}),
 'llama_dynamic': (tf.LlamaConfig(**base | dict(num_key_value_heads=None, hidden_act='relu2'), **rope('dynamic', factor=2.0)),
     dict(older=older, dtype=bf16, shard='5KB')),
 'llama_longrope': (tf.LlamaConfig(**base, **rope('longrope', short_factor=short, long_factor=long, original_max_position_embeddings=32)), {}),
 'mistral_window': (tf.MistralConfig(**base | dict(sliding_window=5, head_dim=6, tie_word_embeddings=True), **yarn), dict(older=older)),
 'qwen2_windows': (tf.Qwen2Config(**base | dict(use_sliding_window=True, sliding_window=4, max_window_layers=1), **rope()),
     dict(older=older, dtype=f16)),
 'qwen2_types': (tf.Qwen2Config(**base | dict(use_sliding_window=True, sliding_window=4,
     layer_types=['sliding_attention', 'full_attention'], hidden_size=18), **rope()), dict(dtype=bf16)),
 'qwen3_bias': (tf.Qwen3Config(**base | dict(head_dim=6, attention_bias=True, use_sliding_window=True, sliding_window=6,
     max_window_layers=1, tie_word_embeddings=True), **rope('linear', factor=3.0)), {}),
 'phi3_longrope': (tf.Phi3Config(**base | dict(hidden_size=24, original_max_position_embeddings=32, tie_word_embeddings=True),
     **rope('longrope', short_factor=short, long_factor=long, partial_rotary_factor=0.75)), dict(older=older, dtype=bf16)),
 'phi3_window': (tf.Phi3Config(**base | dict(sliding_window=6, hidden_act='gelu'), **rope(partial_rotary_factor=0.5)), {}),
 'olmo2_bias': (tf.Olmo2Config(**base | dict(attention_bias=True, rms_norm_eps=1e-3, tie_word_embeddings=True), **yarn), {}),
 'smollm3_windows': (tf.SmolLM3Config(**base | dict(num_hidden_layers=3, no_rope_layers=[0, 1, 0], use_sliding_window=True, sliding_window=5,
     attention_bias=True, mlp_bias=True, tie_word_embeddings=False), **rope()), {}),
 'smollm3_unmarked': (tf.SmolLM3Config(**base | dict(no_rope_layer_interval=2, use_sliding_window=True, sliding_window=5), **rope()),
     dict(older=older)),
 'smollm3_interval': (tf.SmolLM3Config(**base | dict(no_rope_layer_interval=2), **rope()), dict(older=lambda c: (older(c), c.pop('no_rope_layers')))),
 'gemma2_caps': (tf.Gemma2Config(**base | dict(head_dim=6, query_pre_attn_scalar=9, sliding_window=4, attn_logit_softcapping=1.5,
     final_logit_softcapping=3.0, attention_bias=True), **rope()), {}),
 'gemma2_no_caps': (tf.Gemma2Config(**base | dict(head_dim=6, sliding_window=4, attn_logit_softcapping=None, final_logit_softcapping=None,
     hidden_activation='silu'), **rope()), dict(older=older)),
 'gemma3_types': (tf.Gemma3TextConfig(**base | dict(head_dim=6, query_pre_attn_scalar=9, sliding_window=4, final_logit_softcapping=3.0,
     layer_types=['full_attention', 'sliding_attention'], tie_word_embeddings=False, rope_parameters={
         'full_attention': dict(rope_type='linear', factor=4.0, rope_theta=500.0), 'sliding_attention': dict(rope_type='default', rope_theta=50.0)})), {}),
 'gemma3_pattern': (tf.Gemma3TextConfig(**base | dict(num_hidden_layers=3, head_dim=6, sliding_window=4, sliding_window_pattern=2, rope_parameters={
     'full_attention': dict(rope_type='linear', factor=4.0, rope_theta=500.0), 'sliding_attention': dict(rope_type='default', rope_theta=50.0)})),
     dict(older=older, dtype=bf16)),
 'gpt2_bare': (tf.GPT2Config(**gpt2, scale_attn_by_inverse_layer_idx=True, n_inner=20, activation_function='relu'), dict(bare=True)),
 'gpt2_plain_scores': (tf.GPT2Config(**gpt2, scale_attn_weights=False, tie_word_embeddings=False, layer_norm_epsilon=1e-3), dict(dtype=f16)),
 'gpt_neox_in_turn': (tf.GPTNeoXConfig(**neox, use_parallel_residual=False, attention_bias=False, tie_word_embeddings=True,
     hidden_act='gelu_new', **rope(partial_rotary_factor=0.8)), {}),
 'gpt_neox_dynamic': (tf.GPTNeoXConfig(**neox, **rope('dynamic', factor=2.0, partial_rotary_factor=1.0)), dict(older=older, dtype=f16)),
 'mpt_four': (tf.MptConfig(**mpt | dict(n_heads=4)), dict(dtype=bf16)),
 'mpt_clip': (tf.MptConfig(**mpt, layer_norm_epsilon=1e-3, tie_word_embeddings=False, attn_config=dict(clip_qkv=0.4, softmax_scale=0.7)), {}),
}
for i, (name, (config, how)) in enumerate(cases.items()):
    torch.manual_seed(i)
    model, folder = tf.AutoModelForCausalLM.from_config(config, attn_implementation='eager').eval(), out / name
    with torch.no_grad():
        for key, p in model.named_parameters():
            p.normal_(0, 0.25) if p.ndim > 1 or 'bias' in key else p.add_(torch.randn_like(p) * 0.2)
    shutil.rmtree(folder, ignore_errors=True)
    model = model.to(how.get('dtype', torch.float32))
    (model.base_model if 'bare' in how else model).save_pretrained(folder, max_shard_size=how.get('shard', '1GB'))
    written = json.loads((folder / 'config.json').read_text())
    written['architectures'] = [type(model).__name__]
    if 'older' in how: how['older'](written)
    (folder / 'config.json').write_text(json.dumps(written, indent=1) + '\n')
    (folder / 'generation_config.json').unlink(missing_ok=True)
    loaded = tf.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation='eager').eval()
    tokens = [rng.integers(2, V, n).tolist() for n in (1, 24)]
    with torch.no_grad(): rows = [loaded(torch.tensor([t])).logits[0].numpy() for t in tokens]
    np.concatenate(rows).astype('<f4').tofile(folder / 'logits.f32')
    shapes = [list(r.shape) for r in rows]
    (folder / 'cases.json').write_text(json.dumps(dict(tokens=tokens, shape=shapes, made_with=f'transformers {tf.__version__}')) + '\n')
    print(name, float(np.abs(np.concatenate(rows)).max()))
