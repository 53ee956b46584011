import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { LoadOptions } from "../backends/onnxruntime/load_model.ts"
import { openModel } from "../backends/open_model.ts"
import { ModelLoadError, Models } from "../model/models.ts"
import { openOnce } from "../model/open_once.ts"
import { isPlace } from "./is_place.ts"
import { embedded } from "./list.ts"

/** How the models of a layer are found and run. */
export interface EmbeddedOptions
  extends Pick<LoadOptions, "threads" | "engine" | "cacheBytes" | "dtype" | "quantizedCache"> {
  /** What `model()` and `prompt("…")` stand for, as a formula would name it. Default: `tales`. */
  readonly model?: string | undefined
  /**
   * Adapters of that model, beside those that it has: folders by name, LoRA as PEFT saves it, or models fine-tuned from it
   * as a whole. One takes the place of the model's own of the same name.
   */
  readonly adapters?: Readonly<Record<string, string>> | undefined
}

/**
 * Models by name: the ones that ship with the package, any folder in the Hugging Face layout or file of one by its
 * path, and what is there under no such path from a hub, by `org/name[@revision]`. Each is loaded when a formula first
 * asks for it, once, and released with the layer.
 */
export const layerWith = (options: EmbeddedOptions = {}): Layer.Layer<Models> => {
  const { adapters = {}, model = "tales", ...settings } = options
  return Layer.effect(
    Models,
    Effect.map(
      openOnce((name) => open(name, name === model ? { ...settings, adapters } : settings)),
      (get) => ({ get: (name) => get(name ?? model) })
    )
  )
}

/** The embedded models, models by path, and models on a hub; `tales` is the default. */
export const layer: Layer.Layer<Models> = layerWith()

const open = (name: string, options: LoadOptions) => {
  const found = embedded.find((one) => one.name === name)
  if (found !== undefined) return found.open(options)
  if (isPlace(name)) return openModel(name, options)
  const names = embedded.map((one) => one.name).join(", ")
  const message = `Cannot find a model named ${JSON.stringify(name)}: there is no such file or folder, and the embedded models are ${names}; on a hub it would be org/name`
  return Effect.fail(new ModelLoadError({ model: name, message }))
}
