import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type EmbeddedOptions, layerWith } from "../embedded/models.ts"
import type { Models } from "../model/models.ts"
import { adapterFolders } from "./adapter_folders.ts"
import { withLoading } from "./loading.ts"
import type { Mistake } from "./mistake.ts"

/** What `modelFlags` said. */
export interface ModelInput extends Required<Pick<EmbeddedOptions, "model" | "dtype" | "quantizedCache">> {
  readonly adapter: ReadonlyArray<string>
  readonly engine: EmbeddedOptions["engine"] | undefined
  readonly threads: number | undefined
}

/** The models of a command. */
export const modelsLayer = (input: ModelInput): Layer.Layer<Models, Mistake> => {
  const { adapter, dtype, engine, model, quantizedCache, threads } = input
  const options = { model, dtype, quantizedCache, ...(engine && { engine }), ...(threads && { threads }) }
  return Layer.unwrap(
    Effect.map(adapterFolders(adapter), (adapters) => withLoading(layerWith({ ...options, adapters })))
  )
}
