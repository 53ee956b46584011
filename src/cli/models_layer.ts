import type * as Layer from "effect/Layer"
import { type EmbeddedOptions, layerWith } from "../embedded/models.ts"
import type { Models } from "../model/models.ts"
import { withLoading } from "./loading.ts"

/** What `modelFlags` said. */
export interface ModelInput extends Required<Pick<EmbeddedOptions, "model" | "dtype" | "quantizedCache">> {
  readonly engine: EmbeddedOptions["engine"] | undefined
  readonly threads: number | undefined
}

/** The models of a command. */
export const modelsLayer = ({ dtype, engine, model, quantizedCache, threads }: ModelInput): Layer.Layer<Models> =>
  withLoading(layerWith({ model, dtype, quantizedCache, ...(engine && { engine }), ...(threads && { threads }) }))
