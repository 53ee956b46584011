import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { showBytes } from "../backends/hub/progress.ts"
import { type Measurement, measure } from "../backends/measure.ts"
import { measureQuantization, type QuantizationLoss } from "../backends/measure_quantization.ts"
import type { LanguageModel, ModelError } from "../model/language_model.ts"
import { type ModelLoadError, Models } from "../model/models.ts"
import type { Mistake } from "./mistake.ts"
import { type ModelInput, modelsLayer } from "./models_layer.ts"
import { progress, waiting } from "./progress.ts"

/** What a model costs, and what it has lost by being quantized. */
export interface Measured extends Measurement {
  readonly quantization?: QuantizationLoss
}

/** Measures the model that `open` opens; where it is quantized, also against the same model in float32. */
export const measured = (
  open: Effect.Effect<LanguageModel, ModelLoadError>,
  input: ModelInput
): Effect.Effect<Measured, ModelLoadError | ModelError | Mistake, Scope.Scope> =>
  Effect.gen(function* () {
    const told = yield* progress("measuring", "tokens")
    const { measurement, model } = yield* measure(open, { progress: told.tell })
    if (input.dtype === undefined || input.dtype === "fp32") return measurement
    const quantization = yield* Effect.provide(
      Effect.gen(function* () {
        const exact = yield* Models.use((models) => models.get(input.model))
        return yield* waiting("Comparing with fp32")(measureQuantization(exact, model, [contextOf(model)]))
      }),
      modelsLayer({ ...input, dtype: "fp32" })
    )
    return { ...measurement, quantization }
  })

/** What the words of a person are to the model: a passage (Grimm, 1812), or arbitrary tokens where it has no tokenizer. */
const contextOf = ({ contextLength, vocabulary }: LanguageModel): ReadonlyArray<number> => {
  const tokens =
    vocabulary.tokenizer?.encode(passage, { special: true }) ??
    Array.from({ length: 64 }, (_, i) => (i * 37 + 11) % vocabulary.size)
  return tokens.slice(0, contextLength)
}

const passage =
  "Once upon a time there was a poor woodcutter who lived with his wife and his two children at the edge of a great forest. He had little to bite and to break, and when a great dearth came over the land he could no longer get even daily bread. One evening, as he lay in bed and rolled about for his trouble, he sighed and said to his wife: what is to become of us?"

/** The same for a person. */
export const measuredLines = ({
  decode,
  load,
  prefill,
  quantization: loss,
  resident,
  residentBefore
}: Measured): ReadonlyArray<string> => [
  `memory         ${showBytes(resident)} resident, ${showBytes(residentBefore)} before it was loaded`,
  `load           ${load.toFixed(0)} ms to the first row`,
  `prefill        ${prefill.tokens} tokens in ${prefill.time.toFixed(1)} ms: ${perSecond(prefill.tokens, prefill.time)} tokens/s`,
  `decode         ${decode.time.toFixed(2)} ms a token: ${perSecond(1, decode.time)} tokens/s`,
  ...(loss === undefined
    ? []
    : [
        `against fp32   KL ${loss.klDivergence.toPrecision(2)} nats a token (at most ${loss.largestKlDivergence.toPrecision(2)}), the likeliest token is the same in ${(100 * loss.agreement).toFixed(1)} % of ${loss.rows} rows`
      ])
]

const perSecond = (tokens: number, milliseconds: number): string =>
  milliseconds > 0 ? ((1000 * tokens) / milliseconds).toFixed(0) : "-"
