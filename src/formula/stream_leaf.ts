import type * as Stream from "effect/Stream"
import type { Logits } from "../logits/row.ts"
import type { Context } from "../model/context.ts"
import type { ModelError } from "../model/language_model.ts"
import { type Formula, make } from "./formula.ts"

/**
 * A user's own logit stream as a leaf. It is asked for one context at a time, each on a fresh stream, so that its row
 * is a function of the context also after a rewind. Text and JSON cannot express it.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Effect, Stream } from "effect"
 * import { Formula, type LanguageModel } from "polylogit"
 *
 * const parity = Formula.stream("parity", Stream.map((context: LanguageModel.Context.Context) => Float32Array.of(context.completion.length % 2, 0)))
 * const law = Formula.logits(Formula.add(parity, Formula.uniform()), { vocabularySize: 2 })
 * const rows = await Effect.runPromise(Stream.runCollect(law(Stream.make({ prompt: "", completion: [] }))))
 * deepEqual(rows.length, 1)
 * ```
 */
export const stream = <R = never>(
  name: string,
  rows: (contexts: Stream.Stream<Context>) => Stream.Stream<Logits, ModelError, R>
): Formula<R> => make({ _tag: "Stream", name, rows })
