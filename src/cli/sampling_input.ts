import * as Effect from "effect/Effect"
import type { SamplingOptions } from "../sampling/options.ts"
import { Mistake } from "./mistake.ts"

/** Sampling flags as the command line gives them. */
export type SamplingInput = { readonly [K in Exclude<keyof SamplingOptions, "logitBias">]: number | undefined } & {
  readonly logitBias: ReadonlyArray<string>
}

/** The sampling options that flags were given for. */
export const samplingOptions = (input: SamplingInput): Effect.Effect<SamplingOptions, Mistake> =>
  Effect.gen(function* () {
    const { logitBias, ...numbers } = input
    const given = Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined))
    if (logitBias.length === 0) return given
    const pairs = yield* Effect.forEach(logitBias, (text) => {
      const [, id, bias] = /^(\d+)=(\S+)$/.exec(text) ?? []
      return id !== undefined && Number.isFinite(Number(bias))
        ? Effect.succeed([id, Number(bias)] as const)
        : Effect.fail(
            new Mistake({ message: `Cannot read --logit-bias ${text}: expected ID=B, a token id and a number` })
          )
    })
    return { ...given, logitBias: Object.fromEntries(pairs) }
  })

/** Only the sampling flags of a command's input. */
export const pickSampling = (input: SamplingInput): SamplingInput => ({
  temperature: input.temperature,
  topK: input.topK,
  topP: input.topP,
  minP: input.minP,
  typicalP: input.typicalP,
  repetitionPenalty: input.repetitionPenalty,
  presencePenalty: input.presencePenalty,
  frequencyPenalty: input.frequencyPenalty,
  logitBias: input.logitBias
})
