import { CheckpointError } from "./checkpoint_error.ts"
import type { Config } from "./config.ts"
import type { Decoder, Family } from "./decoder.ts"
import { llama } from "./llama.ts"

/** The architectures that can be built, by the name that config.json gives them. */
export const families: Readonly<Record<string, Family>> = {
  LlamaForCausalLM: llama
}

/** The decoder that config.json describes. Errors: throws `CheckpointError`. */
export const decoderOf = (config: Config): Decoder => {
  const named = config.strings("architectures")
  const known = named.find((name) => Object.hasOwn(families, name))
  if (known !== undefined) return families[known]!(config)
  const supported = Object.keys(families).join(", ")
  throw new CheckpointError(
    `Cannot build the architecture ${named.join(", ") || "(none)"} with the families supported here: ${supported}`
  )
}
