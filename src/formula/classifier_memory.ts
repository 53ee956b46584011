import * as Effect from "effect/Effect"
import type { ModelError } from "../model/language_model.ts"
import type { ClassifiedText, TextClassifier } from "../model/text_classifier.ts"

/**
 * Classifies texts and remembers the logits of the last `capacity` of them, for each classifier by the text: the text
 * so far was a continuation one token ago. It is memoization and does not show.
 */
export const classifierMemory = (capacity = 4096) => {
  const known = new Map<TextClassifier, Map<string, Float32Array>>()
  return (
    classifier: TextClassifier,
    texts: ReadonlyArray<ClassifiedText>
  ): Effect.Effect<ReadonlyArray<Float32Array>, ModelError> => {
    const own = known.get(classifier) ?? new Map<string, Float32Array>()
    known.set(classifier, own)
    const keys = texts.map(keyOf)
    const answers = new Map<string, Float32Array>()
    const missing = new Map<string, ClassifiedText>()
    keys.forEach((key, i) => {
      const row = own.get(key)
      if (row === undefined) missing.set(key, texts[i]!)
      else answers.set(key, row)
    })
    return Effect.map(classifier.classify([...missing.values()]), (rows) => {
      let i = 0
      for (const key of missing.keys()) answers.set(key, rows[i++]!)
      for (const [key, row] of answers) {
        // what was asked last is forgotten last
        own.delete(key)
        own.set(key, row)
      }
      for (const key of own.keys()) {
        if (own.size <= capacity) break
        own.delete(key)
      }
      return keys.map((key) => answers.get(key)!)
    })
  }
}

/** Classifies, with a memory. */
export type Classify = ReturnType<typeof classifierMemory>

const keyOf = (text: ClassifiedText): string => (typeof text === "string" ? `"${text}` : text.join())
