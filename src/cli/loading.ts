import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Models } from "../model/models.ts"
import { waiting } from "./progress.ts"

/** The same models; a person is told where one takes long to load. */
export const withLoading = (models: Layer.Layer<Models>): Layer.Layer<Models> =>
  Layer.provide(
    Layer.effect(
      Models,
      Effect.map(Models, ({ get }) => ({ get: (name) => waiting(`Loading ${name ?? "the model"}`)(get(name)) }))
    ),
    models
  )
