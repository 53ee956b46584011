import { CheckpointError } from "./checkpoint_error.ts"
import type { Config } from "./config.ts"
import type { Decoder, Family } from "./decoder.ts"
import { gemma2 } from "./decoders/gemma2.ts"
import { gemma3 } from "./decoders/gemma3.ts"
import { gptNeox } from "./decoders/gpt_neox.ts"
import { gpt2 } from "./decoders/gpt2.ts"
import { llama } from "./decoders/llama.ts"
import { mistral } from "./decoders/mistral.ts"
import { mpt } from "./decoders/mpt.ts"
import { olmo2 } from "./decoders/olmo2.ts"
import { phi3 } from "./decoders/phi3.ts"
import { qwen2 } from "./decoders/qwen2.ts"
import { qwen3 } from "./decoders/qwen3.ts"
import { smollm3 } from "./decoders/smollm3.ts"
import { readingAll } from "./reading_all.ts"

/** The architectures that can be built, by the name that config.json gives them. */
export const families: Readonly<Record<string, Family>> = {
  LlamaForCausalLM: llama,
  MistralForCausalLM: mistral,
  Qwen2ForCausalLM: qwen2,
  Qwen3ForCausalLM: qwen3,
  Phi3ForCausalLM: phi3,
  Olmo2ForCausalLM: olmo2,
  SmolLM3ForCausalLM: smollm3,
  Gemma2ForCausalLM: gemma2,
  Gemma3ForCausalLM: gemma3,
  GPT2LMHeadModel: gpt2,
  GPTNeoXForCausalLM: gptNeox,
  MptForCausalLM: mpt,
  MPTForCausalLM: mpt
}

/** The decoder that config.json describes. Errors: throws `CheckpointError`. */
export const decoderOf = (config: Config): Decoder => {
  const named = config.strings("architectures")
  const known = named.find((name) => Object.hasOwn(families, name))
  if (known !== undefined) return readingAll(families[known]!)(config)
  const supported = Object.keys(families).join(", ")
  throw new CheckpointError(
    `Cannot build the architecture ${named.join(", ") || "(none)"} with the families supported here: ${supported}`
  )
}
