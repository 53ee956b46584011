import * as Effect from "effect/Effect"
import { law } from "../formula/denote.ts"
import { type Formula, isFormula } from "../formula/formula.ts"
import { model } from "../formula/leaves.ts"
import { type Prepared, type PrepareError, prepare, type RowError } from "../formula/prepare.ts"
import type { Prompt } from "../model/context.ts"
import type { LanguageModel } from "../model/language_model.ts"
import type { TokenId } from "../vocabulary/vocabulary.ts"
import { ExperimentError } from "./experiment_error.ts"

/** A completion behind its prompt. */
export interface ScoredText {
  readonly prompt: Prompt
  readonly completion: ReadonlyArray<TokenId>
}

/** How well a model expects some texts. */
export interface Perplexity {
  /** exp of the mean of -log P over all tokens of all completions; `Infinity` where one of them is impossible. */
  readonly perplexity: number
  /** How many tokens were scored. */
  readonly tokens: number
  /** The log-probability of each completion behind its prompt. Units: nats. */
  readonly logProbs: ReadonlyArray<number>
}

/** Rows that are in memory at once hold about so many numbers. */
const numbersAtOnce = 2 ** 22

/**
 * The perplexity of completions behind their prompts, under a model or the law of a formula. Prompts are not scored.
 * Many texts are scored together.
 *
 * Errors: `ExperimentError` where no completion has a token, or one is none of the vocabulary's; those of the formula.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict"
 * import { Effect } from "effect"
 * import { Evaluation, LanguageModel } from "polylogit"
 *
 * const model = LanguageModel.uniform(4)
 * const texts = [{ prompt: [0], completion: [1, 2, 3] }, { prompt: [1], completion: [0] }]
 * const { perplexity, tokens } = await Effect.runPromise(Evaluation.perplexity(model, texts))
 * equal(perplexity.toFixed(6), "4.000000")
 * equal(tokens, 4)
 * ```
 */
export const perplexity = <R = never>(
  under: LanguageModel | Formula<R>,
  texts: ReadonlyArray<ScoredText>
): Effect.Effect<Perplexity, ExperimentError | PrepareError | RowError, R> =>
  Effect.flatMap(prepare(isFormula(under) ? (under as Formula<R>) : model(under as LanguageModel)), (prepared) =>
    perplexityUnder(prepared, texts)
  )

/** `perplexity` under a formula that is ready. */
export const perplexityUnder = (
  prepared: Prepared,
  texts: ReadonlyArray<ScoredText>
): Effect.Effect<Perplexity, ExperimentError | RowError> =>
  Effect.gen(function* () {
    const { name, size } = prepared.vocabulary
    const refuse = (reason: string) => new ExperimentError({ message: `Cannot measure a perplexity: ${reason}` })
    const strange = texts
      .flatMap(({ completion }) => completion)
      .find((token) => !Number.isInteger(token) || token < 0 || token >= size)
    if (strange !== undefined) return yield* refuse(`${name} has ids from 0 to ${size - 1}, and ${strange} came`)
    const tokens = texts.reduce((sum, { completion }) => sum + completion.length, 0)
    if (tokens === 0) return yield* refuse("there is no text with a token")

    const logProbs = texts.map(() => 0)
    for (const batch of batches(texts, Math.max(1, Math.floor(numbersAtOnce / size)))) {
      const scored = yield* Effect.forEach(batch, (piece) => logProbOf(prepared, texts[piece.text]!, piece), {
        concurrency: "unbounded"
      })
      for (const [i, { text }] of batch.entries()) logProbs[text]! += scored[i]!
    }
    const sum = logProbs.reduce((a, b) => a + b, 0)
    return { perplexity: Math.exp(-sum / tokens), tokens, logProbs }
  })

/** The tokens `from`, …, `to - 1` of a text. */
interface Piece {
  readonly text: number
  readonly from: number
  readonly to: number
}

/** Cuts texts into batches of at most so many rows. */
const batches = (texts: ReadonlyArray<ScoredText>, rows: number): ReadonlyArray<ReadonlyArray<Piece>> => {
  const all: Array<Array<Piece>> = []
  let room = 0
  for (const [text, { completion }] of texts.entries()) {
    for (let from = 0; from < completion.length; ) {
      if (room === 0) {
        all.push([])
        room = rows
      }
      const to = Math.min(completion.length, from + room)
      all.at(-1)!.push({ text, from, to })
      room -= to - from
      from = to
    }
  }
  return all
}

const logProbOf = (prepared: Prepared, { completion, prompt }: ScoredText, { from, to }: Piece) =>
  Effect.gen(function* () {
    const rows = yield* prepared.rows({ prompt, completion: completion.slice(0, to - 1) }, from)
    let sum = 0
    for (const [i, row] of rows.entries()) sum += (yield* law(prepared, row))[completion[from + i]!]!
    return sum
  })
