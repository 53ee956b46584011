import * as Cache from "effect/Cache"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { Classifiers } from "../model/classifiers.ts"
import { type ClassifierOptions, openClassifier } from "./open_classifier.ts"

/**
 * Classifiers by the paths of their folders. Each is loaded when a formula first asks for it, once, and released with
 * the layer.
 */
export const layerClassifiers = (options: Omit<ClassifierOptions, "name"> = {}): Layer.Layer<Classifiers> =>
  Layer.effect(
    Classifiers,
    Effect.gen(function* () {
      const scope = yield* Effect.scope
      const loaded = yield* Cache.makeWith((path: string) => Scope.provide(openClassifier(path, options), scope), {
        capacity: Number.POSITIVE_INFINITY,
        // what failed to load may be there the next time
        timeToLive: (exit) => (Exit.isSuccess(exit) ? Number.POSITIVE_INFINITY : 0)
      })
      return { get: (path) => Cache.get(loaded, path) }
    })
  )
