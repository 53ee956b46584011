import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { CurrentChance } from "../../src/sampling/chance.ts"
import { type Law, law } from "../../src/sampling/law.ts"
import type { SamplingOptions } from "../../src/sampling/options.ts"
import { propose } from "../../src/sampling/propose.ts"
import type { Stage } from "../../src/sampling/stage.ts"
import type { Target } from "../../src/sampling/target.ts"
import type { Rule } from "../../src/speculation/rule.ts"
import { type Verifier, verifiers } from "../../src/speculation/verifier.ts"
import { verify } from "../../src/speculation/verify.ts"

/** A law as a function of the text. */
export type NextLaw = (completion: ReadonlyArray<number>) => Law

/** The law of a table of rows, by the last token (token 0 before any), under sampling options. */
export const tableLaw =
  (rows: ReadonlyArray<ReadonlyArray<number>>, sampling: SamplingOptions = {}): NextLaw =>
  (completion) =>
    law(Float64Array.from(rows[completion.at(-1) ?? 0]!), sampling, { prompt: [], completion }) as Law

/** A law given as probabilities. */
export const lawFrom = (...probs: ReadonlyArray<number>): Law => ({
  probs: Float64Array.from(probs),
  scores: Float64Array.from(probs, Math.log),
  logZ: 0
})

/** A target that asks no model; where there is no law, none comes. */
export const targetOf = (
  next: (completion: ReadonlyArray<number>) => Law | undefined,
  { end = [], maxTokens }: { readonly end?: ReadonlyArray<number>; readonly maxTokens: number }
): Target<never> => ({
  end,
  maxTokens,
  laws: ({ completion }, from) =>
    Effect.sync(() => {
      const laws: Array<Law> = []
      for (let n = from; n <= completion.length; n++) {
        const law = next(completion.slice(0, n))
        if (law === undefined) break
        laws.push(law)
      }
      return laws
    })
})

/** A chain of stages over laws, run through its streams. */
export interface Streamed {
  /** Made anew for every run: laws may be wrong by remembering. The last is to be followed. */
  readonly targets: () => ReadonlyArray<Target<never>>
  /** For each stage but the first. */
  readonly draftLengths: ReadonlyArray<number>
  readonly verifier?: Verifier
  readonly rule?: Rule
  /** For each stage but the first. Default: all. */
  readonly bonus?: ReadonlyArray<boolean>
}

/** One run of a chain, as the text that came. */
export const streamed = ({ bonus, draftLengths, rule, targets, verifier = "block" }: Streamed) =>
  Effect.flatMap(CurrentChance, (source) => {
    const chance = source(0)
    const [first, ...others] = targets()
    const head = propose(first!, { chance, sequence: 0, stage: 0, by: verifiers[verifier].by })
    const stage = others.reduce<Stage<unknown>>(
      (above, own, i) =>
        verify(own, draftLengths[i]!, { chance, sequence: 0, stage: i + 1, verifier, rule, bonus: bonus?.[i] })(above),
      head
    )
    return Effect.map(Stream.runCollect(stage({ prompt: [], completion: [] })), (all) => all.map(({ token }) => token))
  })
