"""Rotary frequencies and scales as Hugging Face transformers computes them, for random parameters of every type.
python make.py > frequencies.json"""
import json, random
import transformers as tf
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

pick, cases = random.Random(3), []
def maybe(**fields):
    return {k: v for k, v in fields.items() if pick.random() < 0.5}
def add(head, length, rope):
    config = tf.LlamaConfig(hidden_size=2 * head, num_attention_heads=2, max_position_embeddings=length, rope_parameters=dict(rope))
    if rope['rope_type'] == 'default': found, scale = tf.models.llama.modeling_llama.LlamaRotaryEmbedding.compute_default_rope_parameters(config)
    else: found, scale = ROPE_INIT_FUNCTIONS[rope['rope_type']](config)
    cases.append(dict(head=head, length=length, parameters=rope, frequencies=found.tolist(), scale=scale))
for n in range(70):
    kind = ['default', 'linear', 'dynamic', 'llama3', 'yarn', 'longrope', 'proportional'][n % 7]
    head, length, trained = pick.choice([4, 8, 12, 64]), pick.choice([96, 4096]), pick.choice([32, 96, 1024])
    own = dict(factor=pick.choice([1.0, 2.0, 3.5, 16.0]))
    if kind == 'default': own = {}
    if kind == 'llama3': own |= dict(low_freq_factor=1.0, high_freq_factor=pick.choice([2.0, 4.0]), original_max_position_embeddings=trained)
    if kind == 'yarn':
        own |= dict(original_max_position_embeddings=trained, **maybe(beta_fast=8.0, beta_slow=0.5, truncate=False, attention_factor=1.1))
        own |= maybe(both=1) and dict(mscale=0.7, mscale_all_dim=1.3)
    if kind == 'longrope':
        factors = lambda: [round(1 + 4 * pick.random(), 3) for _ in range(head // 2)]
        own = dict(short_factor=factors(), long_factor=factors(), original_max_position_embeddings=trained, **maybe(factor=8.0, attention_factor=0.9))
    if kind == 'proportional': own |= dict(partial_rotary_factor=pick.choice([0.25, 0.5, 1.0]))
    add(head, length, dict(rope_type=kind, rope_theta=pick.choice([100.0, 10000.0, 500000.0]), **own))
yarn = dict(rope_type='yarn', rope_theta=100.0, factor=4.0, original_max_position_embeddings=1024)
add(8, 96, yarn | dict(beta_slow=0.05))  # the ramp would end beyond the last dimension
add(8, 96, yarn | dict(original_max_position_embeddings=6))  # the ramp has no length
add(8, 96, yarn | dict(mscale=0.5))  # one of two
add(8, 96, yarn | dict(factor=0.5))
print(json.dumps(dict(made_with=f'transformers {tf.__version__}', cases=cases)))
