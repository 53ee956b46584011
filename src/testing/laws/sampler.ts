import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as fc from "fast-check"
import { type Chance, CurrentChance } from "../../sampling/chance.ts"
import type { Law } from "../../sampling/law.ts"
import type { Stage } from "../../sampling/stage.ts"
import type { Drafted } from "../../sampling/stage_machine.ts"
import type { Target } from "../../sampling/target.ts"
import type { TokenId } from "../../vocabulary/vocabulary.ts"
import { shown } from "../arbitraries/models.ts"
import { distance, exactLaw, keyed } from "../exact_law.ts"
import { type ForAllOptions, forAll, type LawBroken } from "../for_all.ts"
import { plainLaw } from "../plain_law.ts"

/** What a sampler is made of. */
export interface SamplerParts {
  /** The law to follow. */
  readonly target: Target<never>
  /** Another one over the same tokens, for samplers that draft. */
  readonly draft: Target<never>
  readonly chance: Chance
  readonly sequence: number
}

/** How samplers are tried. */
export interface SamplerLawOptions extends ForAllOptions {
  /** Texts are so long at most. Default 3. */
  readonly maxTokens?: number | undefined
  /** The most tokens of a vocabulary. Default 3. */
  readonly vocabularySize?: number | undefined
  /** Larger cases are left out. Default 2,000. */
  readonly maxPaths?: number | undefined
}

type Table = ReadonlyArray<ReadonlyArray<number>>

/** Laws by the last token and the length of the text; some tokens are impossible. */
const tables = (size: number): fc.Arbitrary<Table> => {
  const counts = fc.array(fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 9 }) }, fc.constant(0)), {
    minLength: size,
    maxLength: size
  })
  return fc.array(
    counts.filter((row) => row.some((n) => n > 0)),
    { minLength: 1, maxLength: 2 * size }
  )
}

const lawAt = (table: Table, completion: ReadonlyArray<TokenId>): Law => {
  const counts = table[(completion.length + 2 * (completion.at(-1) ?? 0)) % table.length]!
  const sum = counts.reduce((a, b) => a + b)
  const probs = Float64Array.from(counts, (n) => n / sum)
  return { probs, scores: probs.map(Math.log), logZ: 0 }
}

const targetOf = (table: Table, text: Pick<Target, "end" | "maxTokens">): Target<never> => ({
  ...text,
  laws: ({ completion }, from) =>
    Effect.sync(() =>
      Array.from({ length: completion.length - from + 1 }, (_, i) => lawAt(table, completion.slice(0, from + i)))
    )
})

/** Why what came is not what the target says: a token under another law, or one behind the end. */
const wrong = (all: ReadonlyArray<Drafted>, begin: ReadonlyArray<TokenId>, table: Table): string | undefined => {
  for (const [i, { law, token }] of all.entries()) {
    const completion = [...begin, ...all.slice(0, i).map((before) => before.token)]
    const own = lawAt(table, completion).probs
    if (law.probs.length !== own.length || law.probs.some((p, j) => p !== own[j]))
      return `Token ${token} behind [${completion}] came with the law [${law.probs}], the target's is [${own}]`
  }
  return undefined
}

/**
 * Tries a way of sampling: on random targets and drafts, the exact law of the texts that its stage gives is the law of
 * the target, from every completion on, and each token comes with the target's law.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Sampling, Speculation } from "polylogit"
 * import * as Testing from "polylogit/testing"
 *
 * const mine = ({ target, draft, ...parts }: Testing.laws.SamplerParts) =>
 *   Speculation.verify(target, 2, { ...parts, stage: 1 })(Sampling.propose(draft, { ...parts, stage: 0 }))
 * await Effect.runPromise(Testing.laws.sampler(mine, { numRuns: 20 }))
 * ```
 */
export const sampler = <R = never>(
  make: (parts: SamplerParts) => Stage<unknown, R>,
  options: SamplerLawOptions = {}
): Effect.Effect<void, LawBroken, R> => {
  const { maxPaths = 2_000, maxTokens = 3, vocabularySize = 3 } = options
  const cases = fc
    .integer({ min: 2, max: vocabularySize })
    .chain((size) =>
      fc.record({
        target: tables(size),
        draft: tables(size),
        begin: fc.array(fc.nat(size - 1), { maxLength: 1 }),
        end: fc.constantFrom<ReadonlyArray<TokenId>>([], [0])
      })
    )
    .map((one) => shown(one, () => JSON.stringify(one)))
  return forAll(
    "a sampler follows the law of its target",
    cases,
    ({ begin, draft, end, target }) =>
      Effect.gen(function* () {
        const text = { end, maxTokens: begin.length + maxTokens }
        let strange: string | undefined
        const run = Effect.gen(function* () {
          const chance = (yield* CurrentChance)(0)
          const parts = { target: targetOf(target, text), draft: targetOf(draft, text), chance, sequence: 0 }
          const all = yield* Stream.runCollect(make(parts)({ prompt: [], completion: begin }))
          strange ??= wrong(all, begin, target)
          return all.map(({ token }) => token)
        })
        const law = yield* Effect.result(exactLaw(run, { maxPaths }))
        if (law._tag === "Failure") {
          const { failure } = law
          return isTooMany(failure) ? undefined : `It failed: ${failure instanceof Error ? failure.message : failure}`
        }
        if (strange !== undefined) return strange
        const expected = plainLaw((more) => lawAt(target, [...begin, ...more]), { maxTokens, end })
        const far = distance(keyed(law.success), keyed(expected))
        return far < 1e-10 ? undefined : `The law of its texts is off by a total variation of ${far}`
      }),
    options
  )
}

const isTooMany = (failure: unknown) =>
  typeof failure === "object" && failure !== null && "_tag" in failure && failure._tag === "TooManyPaths"
