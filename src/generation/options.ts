import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { cut } from "../formula/syntax/syntax_error.ts"
import type { Prompt } from "../model/context.ts"
import { SamplingOptions } from "../sampling/options.ts"
import { Speculate } from "../speculation/schedule.ts"

/** An option has a value that it cannot have. */
export class OptionsError extends Schema.TaggedError<OptionsError>()("OptionsError", { message: Schema.String }) {}

const wholeFrom = (minimum: number, maximum = Number.MAX_SAFE_INTEGER) =>
  Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const Message = Schema.Struct({
  role: Schema.Literals(["system", "user", "assistant"]),
  content: Schema.String
})

/** What to write, and how. Every field may be left out. */
export const GenerationOptions = Schema.Struct({
  ...SamplingOptions.fields,
  /** What is continued: text (the default is the empty one), token ids taken as they are, or a conversation. */
  prompt: Schema.optionalKey(Schema.Union([Schema.String, Schema.Array(Schema.Int), Schema.Array(Message)])),
  /** The most tokens that are generated. Default 128. */
  maxTokens: Schema.optionalKey(wholeFrom(0)),
  /** Texts that end the output and are cut from it. */
  stop: Schema.optionalKey(Schema.Array(Schema.NonEmptyString)),
  /** Makes the run repeatable; by default one is chosen and reported. */
  seed: Schema.optionalKey(wholeFrom(0)),
  /** How many sequences are written side by side. Default 1. */
  count: Schema.optionalKey(wholeFrom(1, 4096)),
  /** How many of the likeliest tokens each event names. Default 0. */
  logprobs: Schema.optionalKey(wholeFrom(0)),
  /** Whether each event tells what the terms made of its token. Default false. */
  monitor: Schema.optionalKey(Schema.Boolean),
  /** `none`: the formula is not divided by its weight. Default `kl`. */
  normalize: Schema.optionalKey(Schema.Literals(["kl", "none"])),
  /** How drafts are used to call models less often; none of it touches the law. Default `off`. */
  speculate: Schema.optionalKey(Speculate),
  /**
   * How drafts are checked. `coupled`: the same seed gives the same text with and without speculation. Default `block`;
   * `coupled` for `auto` with a seed.
   */
  verifier: Schema.optionalKey(Schema.Literals(["rejection", "block", "coupled"]))
})
export type GenerationOptions = typeof GenerationOptions.Type

/** Options with every default filled in but those of sampling. */
export interface Settings extends Required<Omit<GenerationOptions, keyof SamplingOptions | "prompt" | "seed">> {
  readonly prompt: Prompt
  readonly seed: number | undefined
  readonly sampling: SamplingOptions
}

const decode = Schema.decodeUnknownEffect(GenerationOptions)

/** Checks options and fills in defaults; `OptionsError` says what was expected and what came. */
export const settings = (options: unknown): Effect.Effect<Settings, OptionsError> =>
  decode(options, { onExcessProperty: "error" }).pipe(
    Effect.mapError(
      (error) => new OptionsError({ message: `Cannot generate with these options: ${told(error.message, options)}` })
    ),
    Effect.map((given) => {
      const {
        count = 1,
        logprobs = 0,
        maxTokens = 128,
        monitor = false,
        normalize = "kl",
        prompt = "",
        seed,
        speculate = "off",
        stop = [],
        verifier = speculate === "auto" && seed !== undefined ? "coupled" : "block",
        ...sampling
      } = given
      return { count, logprobs, maxTokens, monitor, normalize, prompt, seed, speculate, stop, verifier, sampling }
    })
  )

/** The schema's message in one line, with the values that came. */
export const told = (message: string, options: unknown): string =>
  message.replaceAll(/\s*\n\s*/g, " ").replaceAll(/(?: at )((?:\["?\w+"?\])+)/g, (_, path: string) => {
    const keys = [...path.matchAll(/\["?(\w+)"?\]/g)].map((match) => match[1]!)
    const value = keys.reduce((at: unknown, key) => (at as Record<string, unknown> | undefined)?.[key], options)
    return ` for ${keys.join(".")}, got ${shown(value)}`
  })

/** A value as text, whatever it is. */
const shown = (value: unknown): string => {
  if (typeof value !== "string" && typeof value !== "object") return String(value)
  try {
    return cut(JSON.stringify(value), 80)
  } catch {
    return "something that is not plain data"
  }
}
