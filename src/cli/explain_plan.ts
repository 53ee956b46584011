import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import type { Formula } from "../formula/formula.ts"
import { prepare } from "../formula/prepare.ts"
import { settings } from "../generation/options.ts"
import type { Normalization } from "../logits/weighted_row.ts"
import type { Models } from "../model/models.ts"
import { promptTokens } from "../model/render.ts"
import { planReport } from "../speculation/plan_report.ts"
import type { Verifier } from "../speculation/verifier.ts"
import { maybe, samplingFlags, speculationFlags } from "./flags.ts"
import { type ModelInput, modelsLayer } from "./models_layer.ts"
import { pickSampling, type SamplingInput, samplingOptions } from "./sampling_input.ts"

/** What the planner's report depends on besides the formula. */
export const planFlags = {
  plan: Flag.Boolean("plan").pipe(
    Flag.withDescription("Measure the models, and tell which terms speculation would draft with, and why"),
    Flag.withDefault(false)
  ),
  prompt: maybe(Flag.String("prompt").pipe(Flag.withDescription("With --plan: the text to continue"))),
  count: maybe(Flag.Int("count").pipe(Flag.withDescription("With --plan: how many texts side by side (default 1)"))),
  verifier: speculationFlags.verifier,
  ...samplingFlags
}

/** The flags of a plan's report as they come. */
export interface PlanInput extends SamplingInput, ModelInput {
  readonly normalize: Normalization
  readonly prompt: string | undefined
  readonly count: number | undefined
  readonly verifier: Verifier | undefined
}

/** The planner's report for a formula: what `--speculate auto` would go by on this machine. */
export const explainPlan = (formula: Formula<Models>, input: PlanInput) =>
  Effect.gen(function* () {
    const sampling = yield* samplingOptions(pickSampling(input))
    const { count, maxTokens, prompt, verifier } = yield* settings({
      ...sampling,
      ...Object.fromEntries(
        (["prompt", "count", "verifier"] as const).flatMap((name) =>
          input[name] === undefined ? [] : [[name, input[name]]]
        )
      )
    })
    const prepared = yield* prepare(formula, { normalize: input.normalize, drafts: true })
    const room = yield* prepared.room(prompt)
    return yield* planReport(prepared, {
      sampling,
      verifier,
      count,
      prompt,
      promptTokens: promptTokens(prepared.vocabulary, prompt),
      maxTokens: Math.min(maxTokens, room),
      seed: 0
    })
  }).pipe(Effect.provide(modelsLayer(input)))
