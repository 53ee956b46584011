import { CheckpointError } from "./checkpoint_error.ts"
import type { Config } from "./config.ts"
import { type Rope, ropeScalings } from "./rope_scaling.ts"

/** What a family says of its rotary embedding where config.json does not. */
export interface RopeDefaults {
  /** Default 10,000. */
  readonly theta?: number
  /** The part of each head that is turned. Where nothing is said the family turns whole heads and knows no other way. */
  readonly part?: number
  /** The window that the model was trained with. Default: that of config.json. */
  readonly trained?: number
  /** Older names of fields. */
  readonly names?: { readonly theta?: string; readonly part?: string }
  /** Names of types that mean another one. */
  readonly aliases?: Readonly<Record<string, string>>
}

/**
 * How positions turn queries and keys. Reads both styles of config.json: `rope_parameters` (transformers 5) and
 * `rope_theta` with `rope_scaling` (before).
 *
 * Errors: throws `CheckpointError`.
 */
export const ropeOf = (config: Config, headSize: number, defaults: RopeDefaults = {}): Rope => {
  const [newer, older] = [config.section("rope_parameters"), config.section("rope_scaling")]
  const [field, parameters] = config.has("rope_scaling") ? ["rope_scaling", older] : ["rope_parameters", newer]
  for (const nested of ["full_attention", "sliding_attention"]) parameters.only(nested)
  return ropeBy(config, parameters, field, headSize, defaults)
}

/** The same for parameters that lie elsewhere, under `field`. */
export const ropeBy = (
  config: Config,
  parameters: Config,
  field: string,
  headSize: number,
  { aliases = {}, names = {}, part, theta = 10_000, trained }: RopeDefaults
): Rope => {
  const named = parameters.string("rope_type", parameters.string("type", "default"))
  const type = Object.hasOwn(aliases, named) ? aliases[named]! : named
  if (!Object.hasOwn(ropeScalings, type)) {
    const supported = Object.keys(ropeScalings).join(", ")
    throw new CheckpointError(
      `Cannot rotate with the ${field} that config.json asks for: "${type}" is none of ${supported}`
    )
  }
  const length = config.size("max_position_embeddings")
  const own = parameters.positive(
    "partial_rotary_factor",
    config.positive(names.part ?? "partial_rotary_factor", part ?? 1)
  )
  const dimensions = Math.trunc(headSize * own)
  if (part === undefined && own !== 1 && type !== "proportional") {
    throw new CheckpointError(
      `Cannot turn a part of each head by partial_rotary_factor of config.json, ${own}: this family turns whole heads`
    )
  }
  const pairs = Math.ceil((type === "proportional" ? headSize : dimensions) / 2)
  if (pairs < 1 || 2 * pairs > headSize) {
    throw new CheckpointError(
      `Cannot turn ${dimensions} numbers of each head in pairs: config.json has heads of ${headSize}`
    )
  }
  return ropeScalings[type]!({
    parameters,
    theta: parameters.positive("rope_theta", config.positive(names.theta ?? "rope_theta", theta)),
    dimensions,
    headSize,
    length,
    trained: config.size(
      "original_max_position_embeddings",
      trained ?? parameters.size("original_max_position_embeddings", length)
    )
  })
}
