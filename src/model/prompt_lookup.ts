import * as Effect from "effect/Effect"
import type { Logits } from "../logits/row.ts"
import type { TokenId, Vocabulary } from "../vocabulary/vocabulary.ts"
import { untokenized } from "../vocabulary/vocabulary.ts"
import { type LanguageModel, make } from "./language_model.ts"

/**
 * A model without weights that guesses that the text repeats itself: the next token is the one that followed the last
 * tokens of the context when they stood there before. The longest repeated suffix decides, of `longest` tokens at most
 * (default 16) and `shortest` at least (default 1); where it occurred more than once, its most recent occurrence. It
 * costs next to nothing, so it drafts well for texts that quote their prompt.
 *
 * Units: a guess has logit 0 and every other token `-Infinity`; where no suffix is repeated, every token is alike.
 *
 * Errors: throws `RangeError` unless `longest` and `shortest` are whole numbers with `1 <= shortest <= longest`.
 *
 * Source: Saxena 2023, "Prompt lookup decoding"; Yang et al. 2023, arXiv:2304.04487.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Effect } from "effect"
 * import { LanguageModel } from "polylogit"
 *
 * const model = LanguageModel.promptLookup(3)
 * const [rows] = await Effect.runPromise(model.score([{ context: [0, 1, 2, 0, 1], from: 5 }]))
 * deepEqual(rows, [Float32Array.of(-Infinity, -Infinity, 0)])
 * ```
 */
export const promptLookup = (
  vocabulary: Vocabulary | number,
  options: { readonly name?: string; readonly longest?: number; readonly shortest?: number } = {}
): LanguageModel => {
  const { longest = 16, name = "prompt lookup", shortest = 1 } = options
  if (!Number.isInteger(longest) || !Number.isInteger(shortest) || shortest < 1 || longest < shortest) {
    throw new RangeError(
      `Cannot look up suffixes of ${shortest} to ${longest} tokens: both are whole numbers, the shortest 1 at least and the longest no less`
    )
  }
  const known = typeof vocabulary === "number" ? untokenized(vocabulary) : vocabulary
  const row = (guess: TokenId | undefined): Logits => {
    const out = new Float32Array(known.size).fill(
      guess === undefined ? -Math.log(known.size) : Number.NEGATIVE_INFINITY
    )
    if (guess !== undefined) out[guess] = 0
    return out
  }
  return make({
    name,
    vocabulary: known,
    contextLength: Number.MAX_SAFE_INTEGER,
    run: (requests) =>
      Effect.sync(() =>
        requests.map(({ context, from }) =>
          Array.from({ length: context.length - from + 1 }, (_, i) =>
            row(follower(context, from + i, { longest, shortest }))
          )
        )
      )
  })
}

/** What followed the longest suffix of the first `length` tokens where it occurred before. */
const follower = (
  context: ReadonlyArray<TokenId>,
  length: number,
  { longest, shortest }: { readonly longest: number; readonly shortest: number }
): TokenId | undefined => {
  let guess: TokenId | undefined
  let best = shortest - 1
  // from the most recent on, only a longer one counts; one that ends after `end` tokens is no longer than that
  for (let end = length - 1; end > best && best < longest; end--) {
    let same = 0
    while (same < end && context[end - 1 - same] === context[length - 1 - same]) same++
    if (same > best) {
      best = same
      guess = context[end]
    }
  }
  return guess
}
