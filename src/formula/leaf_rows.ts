import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { requested } from "../interpolation/variant.ts"
import type { Row } from "../logits/row.ts"
import type { Context, Prompt } from "../model/context.ts"
import { type LanguageModel, ModelError, type ScoreRequest } from "../model/language_model.ts"
import { type PromptError, render } from "../model/render.ts"
import { score } from "../model/telemetry.ts"
import type { TokenId } from "../vocabulary/vocabulary.ts"
import type { LeafNode } from "./plan.ts"
import type { RowMemory } from "./row_memory.ts"

/** A leaf with its model at hand. */
export type DueLeaf =
  | { readonly _tag: "Model"; readonly leaf: LeafNode & { readonly _tag: "Model" }; readonly model: LanguageModel }
  | { readonly _tag: "Stream"; readonly leaf: LeafNode & { readonly _tag: "Stream" } }
  | { readonly _tag: "Row"; readonly leaf: LeafNode & { readonly _tag: "Row" } }

/** For each leaf its rows after the first `from`, …, `completion.length` tokens of the completion. */
export type LeafRows = ReadonlyMap<LeafNode, ReadonlyArray<Row>>

/**
 * Asks all leaves at once: one call for each model. `introduce` gives the tokens before a leaf's completion. With a
 * memory only the rows are asked for that are not in it.
 */
export const leafRows = (due: ReadonlyArray<DueLeaf>, introduce: Introduce) => {
  const asked = [
    ...Map.groupBy(
      due
        .filter((one) => one._tag === "Model")
        .map((one) => ({ ...one, variant: one.leaf.mix && requested(one.leaf.mix) })),
      (one) => one.model.weights
    ).values()
  ]
  const streams = due.filter((one) => one._tag === "Stream")
  const fixed = due
    .filter((one) => one._tag === "Row")
    .map(({ leaf }) => [leaf, Float64Array.from(leaf.logits)] as const)

  return (
    context: Context,
    from: number,
    memory?: RowMemory
  ): Effect.Effect<LeafRows, ModelError | PromptError, unknown> =>
    Effect.suspend(() => {
      const { completion, prompt } = context
      const count = completion.length - from + 1
      const rows = new Map<LeafNode, ReadonlyArray<Row>>()
      for (const [leaf, row] of fixed)
        rows.set(
          leaf,
          Array.from({ length: count }, () => row)
        )
      const known = (leaf: LeafNode) => memory?.known(leaf, completion, from) ?? []
      const learn = (leaf: LeafNode, before: ReadonlyArray<Row>, fresh: ReadonlyArray<Row>) => {
        memory?.learn(leaf, completion, from + before.length, fresh)
        rows.set(leaf, before.length === 0 ? fresh : [...before, ...fresh])
      }
      const askModel = (terms: (typeof asked)[number]): Effect.Effect<void, ModelError | PromptError> => {
        const { model } = terms[0]!
        const missing: Array<{ leaf: LeafNode; before: ReadonlyArray<Row>; positions: number }> = []
        const requests: Array<ScoreRequest> = []
        for (const { leaf, model: own, variant } of terms) {
          const before = known(leaf)
          if (before.length === count) {
            rows.set(leaf, before)
            continue
          }
          const tokens = introduce(leaf, own, prompt)
          if (Result.isFailure(tokens)) return Effect.fail(tokens.failure)
          const { success } = tokens
          missing.push({ leaf, before, positions: count - before.length })
          requests.push({ context: success.concat(completion), from: success.length + from + before.length, variant })
        }
        if (requests.length === 0) return Effect.void
        const start = performance.now()
        return Effect.flatMap(score(model, requests), (answers) => {
          memory?.ran(missing, performance.now() - start)
          for (const [i, { before, leaf, positions }] of missing.entries()) {
            const fresh = answers[i]
            // a row too few would pass for a pending term
            if (fresh?.length !== positions) return wrongCount(model, fresh?.length ?? 0, positions)
            learn(leaf, before, fresh)
          }
          return Effect.void
        })
      }
      const askStream = ({ leaf }: (typeof streams)[number]) =>
        Effect.gen(function* () {
          const before = known(leaf)
          const fresh = []
          for (let n = from + before.length; n <= completion.length; n++) {
            fresh.push(yield* firstRow(leaf, { prompt, completion: completion.slice(0, n) }))
          }
          learn(leaf, before, fresh)
        })
      const models =
        asked.length === 1
          ? askModel(asked[0]!)
          : Effect.forEach(asked, askModel, { concurrency: "unbounded", discard: true })
      const all =
        streams.length === 0 ? models : Effect.andThen(models, Effect.forEach(streams, askStream, { discard: true }))
      return Effect.as(all, rows)
    })
}

const wrongCount = ({ name }: LanguageModel, came: number, count: number) =>
  Effect.fail(new ModelError({ model: name, message: `Cannot use the answer of ${name}: ${came} rows for ${count}` }))

const firstRow = (leaf: LeafNode & { readonly _tag: "Stream" }, context: Context) =>
  Effect.suspend(() => Stream.runCollect(Stream.take(leaf.rows(Stream.succeed(context)), 1))).pipe(
    Effect.catchDefect((thrown) => strange(leaf, thrown instanceof Error ? thrown.message : String(thrown))),
    Effect.flatMap(([row]) => (row instanceof Float32Array ? Effect.succeed(row) : strange(leaf, "it gave no row")))
  )

const strange = ({ name }: { readonly name: string }, reason: string) =>
  Effect.fail(new ModelError({ model: name, message: `Cannot use the stream ${name}: ${reason}` }))

/** The tokens that a leaf puts before the completion. */
export type Introduce = (
  leaf: LeafNode & { readonly _tag: "Model" },
  model: LanguageModel,
  prompt: Prompt
) => Result.Result<ReadonlyArray<TokenId>, PromptError>

/** Renders a leaf's tokens once for as long as the prompt stays the same. */
export const introduceOnce = (): Introduce => {
  const rendered = new Map<LeafNode, { readonly prompt: Prompt; readonly tokens: ReturnType<Introduce> }>()
  return (leaf, model, prompt) => {
    const known = rendered.get(leaf)
    if (known !== undefined && known.prompt === prompt) return known.tokens
    const tokens = render(model.vocabulary, leaf, prompt)
    rendered.set(leaf, { prompt, tokens })
    return tokens
  }
}
