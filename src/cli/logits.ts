import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { IsPending } from "../formula/bounds.ts"
import type { Any } from "../formula/formula.ts"
import { equals } from "../formula/identity.ts"
import { type Prepared, prepare } from "../formula/prepare.ts"
import { told } from "../generation/options.ts"
import { largest } from "../logits/largest.ts"
import { promptTokens } from "../model/render.ts"
import { SamplingOptions } from "../sampling/options.ts"
import { target } from "../sampling/target.ts"
import type { TokenId } from "../vocabulary/vocabulary.ts"
import { formulaFlags, jsonFlag, maybe, normalizeFlag, samplingFlags } from "./flags.ts"
import { readFormula } from "./formula_source.ts"
import { Mistake } from "./mistake.ts"
import { modelsLayer } from "./models_layer.ts"
import { standard } from "./output.ts"
import { readRows } from "./rows_file.ts"
import { pickSampling, samplingOptions } from "./sampling_input.ts"

/** `polylogit logits`: one row of a formula. */
export const logits = Command.make(
  "logits",
  {
    ...formulaFlags,
    context: maybe(Flag.String("context").pipe(Flag.withDescription("The text before the token in question"))),
    tokens: maybe(Flag.String("tokens").pipe(Flag.withDescription("Token ids 5,7,9 instead, taken exactly as given"))),
    rows: maybe(
      Flag.String("rows").pipe(
        Flag.withDescription('Leaves as fixed rows: a file {"vocabularySize":V,"leaves":{"child":[logits…],…}}')
      )
    ),
    pending: maybe(
      Flag.String("pending").pipe(Flag.withDescription("Names a,b whose rows are taken to be unknown yet"))
    ),
    normalize: normalizeFlag,
    ...samplingFlags,
    json: jsonFlag
  },
  (input) =>
    Effect.gen(function* () {
      const rows = input.rows === undefined ? undefined : yield* readRows(input.rows)
      const { formula, names } = yield* readFormula(input, rows?.leaves)
      const sampling = yield* checkSampling(yield* samplingOptions(pickSampling(input)))
      const prompt = yield* readContext(input.context, input.tokens)
      const prepared = yield* prepare(formula, {
        normalize: input.normalize,
        pending: yield* readPending(input.pending, names),
        vocabularySize: rows?.vocabularySize
      })
      yield* prepared.room(prompt)
      const tokens = contextTokens(prepared, prompt)
      const seen = promptTokens(prepared.vocabulary, prompt)
      const { laws } = target(prepared, { sampling, promptTokens: seen, maxTokens: 1 })
      const law = (yield* laws({ prompt, completion: [] }, 0))[0]!
      const plain = Object.keys(sampling).length === 0
      const logProbs = plain ? Float64Array.from(law.scores, (x) => x - law.logZ) : law.probs.map((p) => Math.log(p))
      yield* standard.write(input.json ? toJson(tokens, logProbs) : toTable(prepared, logProbs))
    }).pipe(Effect.provide(modelsLayer(input)))
).pipe(
  Command.withDescription("Print one next-token row of a formula: its law after the sampling options given"),
  Command.withExamples([
    { command: `polylogit logits 'model()' --context 'Once upon a'`, description: "the likeliest tokens" },
    {
      command: "polylogit logits 'model()' --model ./folder --tokens 5,7,9 --json",
      description: "a row, without a tokenizer"
    },
    {
      command: "polylogit logits 'child - 0.6 * adult' --rows rows.json --pending adult --json",
      description: "from fixed rows"
    }
  ])
)

const checkSampling = (options: SamplingOptions) =>
  Effect.mapError(
    Schema.decodeEffect(SamplingOptions)(options),
    (error) => new Mistake({ message: `Cannot sample with these options: ${told(error.message, options)}` })
  )

const readContext = (
  context: string | undefined,
  tokens: string | undefined
): Effect.Effect<string | ReadonlyArray<TokenId>, Mistake> => {
  if (context !== undefined && tokens !== undefined) {
    return Effect.fail(new Mistake({ message: "Cannot use --context and --tokens at once: give one of them" }))
  }
  if (tokens === undefined) return Effect.succeed(context ?? "")
  const ids = tokens.trim() === "" ? [] : tokens.split(",").map((id) => id.trim())
  const bad = ids.find((id) => !/^\d+$/.test(id))
  return bad === undefined
    ? Effect.succeed(ids.map(Number))
    : Effect.fail(
        new Mistake({ message: `Cannot read --tokens: expected ids such as 5,7,9, and ${JSON.stringify(bad)} came` })
      )
}

const readPending = (
  pending: string | undefined,
  names: Readonly<Record<string, Any>>
): Effect.Effect<IsPending, Mistake> => {
  const asked = (pending ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "")
  const unknown = asked.find((name) => !Object.hasOwn(names, name))
  if (unknown !== undefined) {
    const known = Object.keys(names).join(", ")
    return Effect.fail(new Mistake({ message: `Cannot leave ${unknown} pending: the names are ${known || "none"}` }))
  }
  const leaves = asked.map((name) => names[name]!)
  return Effect.succeed((leaf) => leaves.some((one) => equals(one, leaf)))
}

const contextTokens = ({ vocabulary }: Prepared, prompt: string | ReadonlyArray<TokenId>): ReadonlyArray<TokenId> =>
  typeof prompt === "string" ? (vocabulary.tokenizer?.encode(prompt, { special: true }) ?? []) : prompt

const toJson = (tokens: ReadonlyArray<TokenId>, row: Float64Array): string => {
  const logProbs = Array.from(row, (x) => (Number.isFinite(x) ? x : null))
  return `${JSON.stringify({ tokens, vocabularySize: row.length, logProbs })}\n`
}

const toTable = ({ vocabulary }: Prepared, row: Float64Array): string => {
  const line = (token: TokenId) => {
    const text = vocabulary.tokenizer?.decode([token])
    const shown = text === undefined ? "" : `  ${JSON.stringify(text)}`
    return `${`${token}`.padStart(7)}  ${Math.exp(row[token]!).toFixed(6)}  ${row[token]!.toFixed(4).padStart(9)}${shown}\n`
  }
  const shown = largest(row, 20).filter((token) => row[token]! > Number.NEGATIVE_INFINITY)
  return `  token  probability  log-prob\n${shown.map(line).join("")}`
}
