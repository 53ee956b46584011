import { CheckpointError } from "./checkpoint_error.ts"
import type { Config } from "./config.ts"

/** What the tokens of a layer see: all before them, or those of a window. */
export type LayerType = "full_attention" | "sliding_attention"

/** What config.json says of each layer, in `layer_types`, else `otherwise`. Errors: throws `CheckpointError`. */
export const layerTypes = (
  config: Config,
  layers: number,
  otherwise: (layer: number) => boolean
): ReadonlyArray<LayerType> => {
  const usual = Array.from({ length: layers }, (_, i) => (otherwise(i) ? "sliding_attention" : "full_attention"))
  const types = config.strings("layer_types", usual)
  const refuse = (what: string): never => {
    throw new CheckpointError(`Cannot use layer_types of config.json for ${layers} layers: ${what}`)
  }
  if (types.length !== layers) refuse(`it has ${types.length}`)
  return types.map((type) =>
    type === "full_attention" || type === "sliding_attention" ? type : refuse(`"${type}" is not supported`)
  )
}

/** The window of each layer. Errors: throws `CheckpointError` where one slides and there is no window. */
export const windowsOf = (types: ReadonlyArray<LayerType>, window: number | undefined) => {
  if (types.includes("sliding_attention")) checkWindow(window)
  return (layer: number): number | undefined => (types[layer] === "sliding_attention" ? window : undefined)
}

/** The same window in every layer, or none. Errors: throws `CheckpointError`. */
export const windowOf = (window: number | undefined) => {
  if (window !== undefined) checkWindow(window)
  return (): number | undefined => window
}

/** The window that `sliding_window` gives to layers from `max_window_layers` on, where `use_sliding_window` says so. */
export const upperWindows = (config: Config, layers: number) => {
  const given = config.optional("sliding_window", 4096)
  const window = config.boolean("use_sliding_window", false) ? given : undefined
  const first = config.number("max_window_layers", 28)
  return windowsOf(
    layerTypes(config, layers, (layer) => window !== undefined && layer >= first),
    window
  )
}

const checkWindow = (window: number | undefined): void => {
  if (window !== undefined && Number.isSafeInteger(window) && window > 0) return
  throw new CheckpointError(
    `Cannot use sliding_window of config.json as a number of tokens: ${window ?? "there is none to use"}`
  )
}
