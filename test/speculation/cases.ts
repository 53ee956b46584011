import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as fc from "fast-check"
import type { Any } from "../../src/formula/formula.ts"
import { type Prepared, prepare } from "../../src/formula/prepare.ts"
import { rowMemory } from "../../src/formula/row_memory.ts"
import type { LanguageModel } from "../../src/model/language_model.ts"
import { CurrentChance } from "../../src/sampling/chance.ts"
import type { Law } from "../../src/sampling/law.ts"
import type { SamplingOptions } from "../../src/sampling/options.ts"
import { proposing } from "../../src/sampling/propose.ts"
import type { StageMachine } from "../../src/sampling/stage_machine.ts"
import { target } from "../../src/sampling/target.ts"
import { type Layer, layers } from "../../src/speculation/layers.ts"
import { reach } from "../../src/speculation/pilot.ts"
import type { Rule } from "../../src/speculation/rule.ts"
import { speculate } from "../../src/speculation/speculate.ts"
import { type Verifier, verifiers } from "../../src/speculation/verifier.ts"
import { verifying } from "../../src/speculation/verifying.ts"
import { type Planned, plannedFormulas } from "../../src/testing/arbitraries/plans.ts"
import type { LawOf } from "../../src/testing/exact_chain.ts"
import { keyed } from "../../src/testing/exact_law.ts"
import { plainLaw } from "../../src/testing/plain_law.ts"
import { untokenized } from "../../src/vocabulary/vocabulary.ts"
import { lawByHand } from "./by_hand.ts"

/** A formula, how it is sampled, and the plan by which it is not sampled plainly. */
export interface Case extends Pick<Planned, "formula" | "plan"> {
  readonly sampling: SamplingOptions
  readonly verifier: Verifier
  readonly maxTokens: number
  readonly rule?: Rule
  /** Plans of fewer stages are skipped. */
  readonly minLayers?: number
}

/** What was generated may not go on behind token 0 where a case's vocabulary has it as its end. */
export const vocabularies = (size: number) => [untokenized(size), untokenized(size, { special: { end: [0] } })] as const

/** All of a case that does not depend on chance, computed once. */
export interface Ready extends Case {
  readonly prepared: Prepared
  readonly layers: ReadonlyArray<Layer>
  /** The law of the whole formula by hand, as the probability of each text. */
  readonly expected: ReadonlyMap<string, number>
  readonly lawOf: LawOf
  /** Whether some draft has no law behind some text. */
  readonly lawless: boolean
}

/** Texts begin behind this. */
export const PROMPT = [1]

const textsBelow = (length: number, size: number): ReadonlyArray<ReadonlyArray<number>> => {
  const all: Array<ReadonlyArray<number>> = []
  let last: ReadonlyArray<ReadonlyArray<number>> = [[]]
  for (let n = 0; n < length; n++) {
    all.push(...last)
    last = last.flatMap((text) => Array.from({ length: size }, (_, token) => [...text, token]))
  }
  return all
}

/** The rows of every model behind every text. */
const rowsOf = (models: ReadonlyArray<LanguageModel>, texts: ReadonlyArray<ReadonlyArray<number>>) =>
  Effect.map(
    Effect.forEach(models, (model) =>
      Effect.map(
        model.score(texts.map((text) => ({ context: [...PROMPT, ...text], from: 1 + text.length }))),
        (rows) => [model, new Map(texts.map((text, i) => [text.join(), rows[i]![0]!]))] as const
      )
    ),
    (all) => new Map(all)
  )

/** Makes a case ready; `undefined` where the formula leaves some text without any next token. */
export const ready = (given: Case): Effect.Effect<Ready | undefined> =>
  Effect.gen(function* () {
    const prepared = yield* prepare(given.formula, { drafts: true })
    const own = Result.getOrThrow(layers(prepared, given.plan))
    if (own.length < (given.minLayers ?? 1)) return undefined
    const { size, special } = prepared.vocabulary
    const texts = textsBelow(given.maxTokens, size)
    const options = { sampling: given.sampling, promptTokens: PROMPT, maxTokens: given.maxTokens }
    const laws = new Map<string, Law | undefined>()
    const lawless = new Set<number>()
    for (const [stage, layer] of own.entries()) {
      const { laws: ask } = target(layer.prepared, { ...options, dispensable: true })
      for (const completion of texts) {
        const [law] = yield* ask({ prompt: PROMPT, completion }, completion.length)
        if (law === undefined) lawless.add(stage)
        laws.set(`${stage} ${completion.join()}`, law)
      }
    }
    const models = prepared.terms.flatMap((leaf) => (leaf._tag === "Model" ? [leaf.model as LanguageModel] : []))
    const rows = yield* rowsOf(models, texts)
    const rowAt = (leaf: Any, completion: ReadonlyArray<number>) =>
      leaf._tag === "Row"
        ? leaf.logits
        : rows.get((leaf as { readonly model: LanguageModel }).model)!.get(completion.join())!
    const byHand = (completion: ReadonlyArray<number>) => ({
      probs: lawByHand(
        given.formula,
        { rows: (leaf) => rowAt(leaf, completion), size, position: completion.length },
        given.sampling,
        { prompt: PROMPT, completion }
      )
    })
    const expected = keyed(plainLaw(byHand, { maxTokens: given.maxTokens, end: special.end }))
    // a row without any possible token loses the texts behind it
    if (Math.abs([...expected.values()].reduce((sum, p) => sum + p, 0) - 1) > 1e-9) return undefined
    return {
      ...given,
      prepared,
      layers: own,
      expected,
      lawOf: (stage: number, completion: ReadonlyArray<number>) => laws.get(`${stage} ${completion.join()}`),
      lawless: [...lawless].some((stage) => stage < own.length - 1)
    }
  }).pipe(Effect.orDie)

/** The stages of a case as machines, for the proof with equal states merged. */
export const machines = ({ layers, maxTokens, prepared, rule, verifier }: Ready): ReadonlyArray<StageMachine> => {
  const text = { end: prepared.vocabulary.special.end, maxTokens }
  const { by, rule: own } = verifiers[verifier]
  const confidence = layers.length === 1 ? 0 : 1 / prepared.vocabulary.size + 1e-9
  return layers.map(({ bonus, draftLength }, i) =>
    i === 0 ? proposing({ ...text, by, confidence }) : verifying({ ...text, draftLength, bonus, rule: rule ?? own })
  )
}

/** One run of a case through the streams, as the text that came. */
export const run = ({ layers, maxTokens, plan, rule, sampling, verifier }: Ready) =>
  Effect.flatMap(CurrentChance, (source) => {
    const stage = speculate(layers, {
      sampling,
      promptTokens: PROMPT,
      maxTokens,
      verifier,
      rule,
      memory: rowMemory(reach(plan)),
      chance: source(0),
      sequence: 0
    })
    return Effect.map(Stream.runCollect(stage({ prompt: PROMPT, completion: [] })), (all) =>
      all.map(({ token }) => token)
    )
  })

const share = fc.integer({ min: 2, max: 9 }).map((n) => n / 10)

/** Sampling options, each of them present now and then. */
export const samplings = (size: number): fc.Arbitrary<SamplingOptions> =>
  fc.record(
    {
      temperature: fc.oneof(
        { weight: 5, arbitrary: fc.integer({ min: 4, max: 30 }).map((n) => n / 10) },
        fc.constant(0)
      ),
      topK: fc.integer({ min: 1, max: size }),
      topP: share,
      minP: share.map((p) => p / 2),
      typicalP: share,
      repetitionPenalty: fc.integer({ min: 5, max: 20 }).map((n) => n / 10),
      presencePenalty: share,
      frequencyPenalty: share.map((p) => p - 0.5),
      logitBias: fc.record({ "0": share, "1": share.map((p) => -p) })
    },
    { requiredKeys: [] }
  )

/** How large cases are. */
export interface Sizes {
  readonly verifier: Verifier
  readonly size: readonly [min: number, max: number]
  readonly maxTokens: readonly [min: number, max: number]
  readonly maxModels?: number
  readonly maxDraftLength?: number
  readonly minLayers?: number
}

/** Cases over table models. */
export const cases = ({
  maxDraftLength = 4,
  maxModels = 5,
  maxTokens,
  minLayers = 1,
  size,
  verifier
}: Sizes): fc.Arbitrary<Case> =>
  fc.tuple(fc.integer({ min: size[0], max: size[1] }), fc.boolean()).chain(([size, ends]) =>
    fc
      .record({
        planned: plannedFormulas({ vocabulary: vocabularies(size)[ends ? 1 : 0], maxModels, maxDraftLength }),
        sampling: fc.oneof(fc.constant({}), samplings(size)),
        maxTokens: fc.integer({ min: maxTokens[0], max: maxTokens[1] })
      })
      .map(({ planned, ...rest }) => ({
        ...planned,
        ...rest,
        verifier,
        minLayers,
        [fc.toStringMethod]: () => `${fc.stringify(planned)}, ${JSON.stringify({ ...rest, verifier, ends })}`
      }))
  )

/** Counts what a suite covered, for its line in the output. */
export const tally = (of: string) => {
  let [total, most, skipped, lawless] = [0, 0, 0, 0]
  const stages = new Map<number, number>()
  return {
    add: (count: number, layers: number, isLawless = false) => {
      if (isLawless) lawless++
      total += count
      most = Math.max(most, count)
      stages.set(layers, (stages.get(layers) ?? 0) + 1)
    },
    skip: () => {
      skipped++
    },
    line: () => {
      const cases = [...stages].sort(([a], [b]) => a - b).map(([layers, n]) => `${n} of ${layers}`)
      return `cases by stages ${cases.join(", ")}; ${total} ${of} in all, ${most} at most; ${lawless} cases with drafts that have no law somewhere; ${skipped} cases were too large`
    }
  }
}

/** Seeds are fixed, so that a run of the suite is like any other; FC_SEED and FC_RUNS say otherwise. */
export const settled = (numRuns: number): { readonly seed: number; readonly numRuns: number } => ({
  seed: Number(process.env.FC_SEED ?? 20_260_101),
  numRuns: Number(process.env.FC_RUNS ?? numRuns)
})
