import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as fc from "fast-check"
import { Formula, LanguageModel, LogitStream } from "polylogit"
import { evaluate } from "../../src/formula/evaluate.ts"
import { plan } from "../../src/formula/plan.ts"
import type { Weighted } from "../../src/logits/weighted_row.ts"
import { logits } from "./arbitraries.ts"
import type { Side, Source } from "./operators.ts"

/** Four tokens in all tests of operators. */
export const V = 4

/** Contexts that grow by one token, from none generated. */
export const growing: fc.Arbitrary<ReadonlyArray<LanguageModel.Context.Context>> = fc
  .tuple(fc.nat(V - 1), fc.array(fc.nat(V - 1), { minLength: 1, maxLength: 3 }))
  .map(([first, tokens]) =>
    Array.from({ length: tokens.length + 1 }, (_, n) => ({ prompt: [first], completion: tokens.slice(0, n) }))
  )

const table = fc.array(logits(V, 3), { minLength: V, maxLength: V })

/** A model of four tokens: a table, or a function of the whole context. */
export const tableModel: fc.Arbitrary<LanguageModel.LanguageModel> = fc.oneof(
  table.map((rows) => LanguageModel.table(rows)),
  table.map((rows) =>
    LanguageModel.fromFunction(V, (context) => rows[context.reduce((hash, token) => hash * 3 + token + 1, 0) % V]!)
  )
)

/** A model as a leaf of both worlds. */
export const sourceOf = (
  model: LanguageModel.LanguageModel,
  contexts: ReadonlyArray<LanguageModel.Context.Context>
): Source => ({
  formula: Formula.model(model),
  contexts: Stream.fromIterable(contexts),
  vocabularySize: V,
  logits: Stream.mapEffect(Stream.fromIterable(contexts), ({ completion, prompt }) => {
    const context = [...(prompt as ReadonlyArray<number>), ...completion]
    return Effect.map(model.score([{ context, from: context.length }]), ([rows]) => rows![0]!)
  })
})

/** Ways to make an operand of one leaf, or of two: each of positive weight, none a sum or a scaling by a number. */
export const shapes: ReadonlyArray<(a: Side, b: Side) => Side> = [
  (a) => a,
  (a) => ({ formula: Formula.normalize(a.formula), rows: LogitStream.normalize(a.rows) }),
  (a, b) => ({ formula: Formula.union(a.formula, b.formula), rows: LogitStream.union(a.rows, b.rows) }),
  (a, b) => ({
    formula: Formula.intersection(a.formula, Formula.scale(b.formula, 2)),
    rows: LogitStream.intersection(a.rows, LogitStream.scale(b.rows, 2))
  }),
  (a) => ({
    formula: Formula.scale(a.formula, Formula.tokenWeights([1, 2, 0.5, 1])),
    rows: LogitStream.scale(a.rows, Float64Array.of(1, 2, 0.5, 1))
  })
]

/** The value of a formula of fixed rows; leaves for which `pending` holds have none. */
export const valueOf = (
  formula: Formula.Any,
  options: {
    readonly exact?: boolean
    readonly position?: number
    readonly pending?: (leaf: Formula.Any) => boolean
  } = {}
): Weighted => {
  const { exact = true, pending = () => false, position = 0 } = options
  return Result.getOrThrow(
    evaluate(plan(formula, { exact, pending }), {
      rows: (leaf) => {
        if (pending(leaf)) return undefined
        return Float64Array.from(leaf._tag === "Row" ? leaf.logits : [1, 0, 0, 0])
      },
      position,
      vocabularySize: V
    })
  )
}

/** All rows of a stream, or its error thrown. */
export const collect = <A, E>(stream: Stream.Stream<A, E>): Promise<Array<A>> =>
  Effect.runPromise(Stream.runCollect(stream))
