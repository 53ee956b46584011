import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Classifiers } from "../model/classifiers.ts"
import { openOnce } from "../model/open_once.ts"
import { type ClassifierOptions, openClassifier } from "./open_classifier.ts"

/**
 * Classifiers by the paths of their folders. Each is loaded when a formula first asks for it, once, and released with
 * the layer.
 */
export const layerClassifiers = (options: Omit<ClassifierOptions, "name"> = {}): Layer.Layer<Classifiers> =>
  Layer.effect(
    Classifiers,
    Effect.map(
      openOnce((path) => openClassifier(path, options)),
      (get) => ({ get })
    )
  )
