import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { TokenId } from "../vocabulary/vocabulary.ts"
import type { ModelError } from "./language_model.ts"

/** What every text classifier offers, whatever it runs on: logits of its labels for many texts in one call. */
export interface TextClassifierShape {
  readonly name: string
  readonly labels: ReadonlyArray<string>
  /** One row of `labels.length` logits for each text, in order. */
  readonly classify: (
    texts: ReadonlyArray<string | ReadonlyArray<TokenId>>
  ) => Effect.Effect<ReadonlyArray<Float32Array>, ModelError>
}

/** The classifier that a formula's classifier terms ask. */
export class TextClassifier extends Context.Service<TextClassifier, TextClassifierShape>()(
  "polylogit/model/TextClassifier"
) {}
