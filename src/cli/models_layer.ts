import type * as Layer from "effect/Layer"
import { type EmbeddedOptions, layerWith } from "../embedded/models.ts"
import type { Models } from "../model/models.ts"

/** The models of a command, by what `modelFlags` said. */
export const modelsLayer = ({
  dtype,
  model,
  quantizedCache
}: Pick<EmbeddedOptions, "model" | "dtype" | "quantizedCache">): Layer.Layer<Models> =>
  layerWith({ model, dtype, quantizedCache })
