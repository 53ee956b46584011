import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Formula } from "../formula/formula.ts"
import { prepare } from "../formula/prepare.ts"
import type { Finished } from "../generation/events.ts"
import { events } from "../generation/generate.ts"
import { settings } from "../generation/options.ts"
import type { Models } from "../model/models.ts"
import { formulaFlags, maybe, normalizeFlag, samplingFlags, speculationFlags } from "./flags.ts"
import { type Format, formatter } from "./format.ts"
import { readFormula } from "./formula_source.ts"
import { Mistake } from "./mistake.ts"
import { modelsLayer } from "./models_layer.ts"
import { standard, standardError, toFile } from "./output.ts"
import { readPlan } from "./plan_text.ts"
import { progress } from "./progress.ts"
import { readPrompt } from "./prompt_source.ts"
import { pickSampling, samplingOptions } from "./sampling_input.ts"
import { statisticsText } from "./statistics.ts"

/** `polylogit generate`: text from a formula. */
export const generate = Command.make(
  "generate",
  {
    ...formulaFlags,
    stdin: Argument.String("-").pipe(
      Argument.withDescription("- reads the prompt from standard input"),
      Argument.optional
    ),
    prompt: maybe(Flag.String("prompt").pipe(Flag.withDescription("The text to continue"))),
    promptFile: maybe(Flag.String("prompt-file").pipe(Flag.withDescription("A file with the text to continue"))),
    maxTokens: maybe(Flag.Int("max-tokens").pipe(Flag.withDescription("The most tokens to write (default 128)"))),
    ...samplingFlags,
    stop: Flag.String("stop").pipe(
      Flag.withDescription("A text that ends the output and is cut from it; may be repeated"),
      Flag.atLeast(0)
    ),
    seed: maybe(Flag.Int("seed").pipe(Flag.withDescription("Makes the text repeatable"))),
    count: maybe(Flag.Int("count").pipe(Flag.withDescription("How many texts to write side by side (default 1)"))),
    logprobs: maybe(Flag.Int("logprobs").pipe(Flag.withDescription("Name the K likeliest tokens; json and jsonl"))),
    ...speculationFlags,
    monitor: Flag.Boolean("monitor").pipe(
      Flag.withDescription("Tell what each term made of each token; json and jsonl"),
      Flag.withDefault(false)
    ),
    stats: Flag.Boolean("stats").pipe(
      Flag.withDescription("Print what terms and stages cost on standard error, behind the output"),
      Flag.withDefault(false)
    ),
    normalize: normalizeFlag,
    format: Flag.Literals("format", ["text", "json", "jsonl"]).pipe(
      Flag.withDescription("text as it comes, one JSON value, or one JSON line for each event"),
      Flag.withDefault("text")
    ),
    output: maybe(Flag.String("output").pipe(Flag.withDescription("Write to a file, which appears when all is there")))
  },
  (input) =>
    Effect.gen(function* () {
      const { formula, known } = yield* readFormula(input)
      const prompt = yield* readPrompt(input)
      if (input.format === "text" && (input.logprobs ?? 0) > 0) {
        return yield* new Mistake({ message: "Cannot show --logprobs as text: use --format json or jsonl" })
      }
      if (input.format === "text" && input.monitor) {
        return yield* new Mistake({ message: "Cannot show --monitor as text: use --format json or jsonl" })
      }
      const speculate = input.speculate === undefined ? undefined : yield* readPlan(input.speculate, known)
      const sampling = yield* samplingOptions(pickSampling(input))
      const options = {
        prompt,
        ...sampling,
        normalize: input.normalize,
        stop: input.stop,
        ...given("maxTokens", input.maxTokens),
        ...given("seed", input.seed),
        ...given("count", input.count),
        ...given("logprobs", input.logprobs),
        ...given("speculate", speculate),
        ...given("verifier", input.verifier),
        monitor: input.monitor
      }
      const format: Format = formatter(input.format, { formula, prompt, count: input.count ?? 1 })
      if (input.format === "text") yield* refuseWithoutText(formula)
      const run = events(formula, options)
      const output = input.output === undefined ? standard : yield* toFile(input.output)
      const ends: Array<Finished> = []
      // text on the terminal shows by itself how far it is
      const shows = input.output === undefined && input.format !== "json"
      const told = shows ? undefined : yield* progress("written", "tokens")
      const { count, maxTokens } = yield* settings(options)
      let [done, total] = [0, maxTokens * count]
      yield* Stream.runForEach(run, (event) => {
        if (event._tag === "Token") done++
        else {
          ends.push(event)
          total -= maxTokens - event.statistics.tokens
        }
        told?.tell(done, total)
        const text = format.event(event)
        return text === "" ? Effect.void : output.write(text)
      })
      const end = output.write(format.end())
      yield* told === undefined ? end : told.aside(end)
      yield* output.done
      if (input.stats) yield* standardError.write(statisticsText(ends))
    }).pipe(Effect.scoped, Effect.provide(modelsLayer(input)))
).pipe(
  Command.withDescription("Write text from a formula"),
  Command.withExamples([
    { command: `polylogit generate 'prompt("A fairy tale.")' --prompt 'Once upon a time'`, description: "one model" },
    {
      command: `polylogit generate 'tale - 0.4 * poem' --define 'tale=A fairy tale.' --define 'poem=A poem.' --seed 7`,
      description: "a tale, and as little of a poem as may be"
    },
    {
      command: `polylogit generate 'supersede(model("tales-draft"), prompt("A poem."))' --speculate '1 > 2:4' --stats`,
      description: "the same law with fewer calls of the large model: a small one drafts 4 tokens at a time"
    },
    {
      command: `polylogit generate 'interpolate(model(), mood: 0.8)' --model ./folder --adapter mood+=./joy --adapter mood-=./gloom`,
      description: "weights that lie between two adapters"
    },
    {
      command: `polylogit generate 'model() + 2 * scores(model("tales-sentiment-reward"))' --prompt 'The day was'`,
      description: "what a reward head finds good, likelier"
    },
    {
      command: `echo -n 'The ship' | polylogit generate 'union(prompt("A pirate story."), prompt("A ghost story."))' -`,
      description: "the prompt from standard input"
    }
  ])
)

/** Text needs a tokenizer; without one there are token ids. */
const refuseWithoutText = (formula: Formula<Models>) =>
  Effect.flatMap(prepare(formula, { normalize: "none" }), ({ vocabulary }) =>
    vocabulary.tokenizer !== undefined
      ? Effect.void
      : Effect.fail(
          new Mistake({
            message: `Cannot write text with ${vocabulary.name}: it came without a tokenizer; --format json gives token ids`
          })
        )
  )

const given = <K extends string, A>(name: K, value: A | undefined): { readonly [P in K]?: A } =>
  value === undefined ? {} : ({ [name]: value } as { readonly [P in K]: A })
