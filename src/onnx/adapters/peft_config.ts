import { CheckpointError } from "../checkpoint_error.ts"
import { type Config, parseConfig } from "../config.ts"

/** What adapter_config.json says of the update of a module, by the module's name. */
export type LoraSizes = (module: string) => { readonly rank: number; readonly scale: number }

/** Initializations that leave the weights of the base as they are; all others train on a base of their own. */
const plainStarts = [true, false, "gaussian", "eva", "orthogonal"]

/** Fields that turn a module into more than the base and a product of two matrices, wherever they say something. */
const beyond = [
  ...["modules_to_save", "trainable_token_indices", "target_parameters", "layer_replication", "megatron_config"],
  ...["alora_invocation_tokens", "use_bdlora", "arrow_config", "monteclora_config"]
]

/**
 * Reads adapter_config.json of PEFT; `file` names it in messages. `fan_in_fan_out` and `target_modules` say nothing that the base and the names of
 * the adapter's tensors do not.
 *
 * Errors: throws `CheckpointError` for every kind of adapter but plain LoRA.
 */
export const parsePeftConfig = (text: string, file: string): LoraSizes => {
  const config = parseConfig(text, file)
  config.only("peft_type", "LORA")
  config.only("bias", "none")
  config.only("init_lora_weights", ...plainStarts)
  for (const field of ["use_dora", "lora_bias", "use_qalora"]) config.only(field, false)
  for (const field of beyond) if (!isEmptyList(config, field)) config.only(field)
  const [rank, alpha] = [config.size("r"), config.number("lora_alpha")]
  const ranks = patternsOf(config, "rank_pattern", file)
  const alphas = patternsOf(config, "alpha_pattern", file)
  const root = config.boolean("use_rslora", false)
  return (module) => {
    const own = ranks(module)
    const size = own === undefined ? rank : config.section("rank_pattern").size(own)
    const ofAlpha = alphas(module)
    const numerator = ofAlpha === undefined ? alpha : config.section("alpha_pattern").number(ofAlpha)
    return { rank: size, scale: numerator / (root ? Math.sqrt(size) : size) }
  }
}

const isEmptyList = (config: Config, field: string): boolean => {
  try {
    return config.strings(field, []).length === 0
  } catch {
    return false
  }
}

/** The first pattern of a field that the end of a module's name matches, from a dot on: as PEFT looks it up. */
const patternsOf = (config: Config, field: string, file: string): ((module: string) => string | undefined) => {
  const patterns = config.keys(field).map((pattern) => {
    try {
      return { pattern, matches: new RegExp(`^(.*\\.)?(${pattern})$`) }
    } catch {
      throw new CheckpointError(
        `Cannot read ${field} of ${file} as patterns of module names: ${JSON.stringify(pattern)}`
      )
    }
  })
  return (module) => patterns.find(({ matches }) => matches.test(module))?.pattern
}
