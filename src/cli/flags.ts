import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import * as Option from "effect/Option"
import { dtypes } from "../onnx/dtype.ts"

/** A flag that may be left out, as `undefined`. */
export const maybe = <A>(flag: Flag.Flag<A>): Flag.Flag<A | undefined> =>
  Flag.map(Flag.optional(flag), Option.getOrUndefined)

const many = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withDescription(description), Flag.atLeast(0))

const describe =
  (description: string) =>
  <A>(flag: Flag.Flag<A>): Flag.Flag<A | undefined> =>
    maybe(Flag.withDescription(flag, description))

/** The default model of a command, and how models are kept in memory. */
export const modelFlags = {
  model: describe(
    "Default model: an embedded model, a folder in the Hugging Face layout, a file of one, or org/name on a hub"
  )(Flag.String("model")),
  adapter: many(
    "adapter",
    "NAME=FOLDER gives the default model an adapter: LoRA as PEFT saves it, or a model fine-tuned from it; may be repeated"
  ),
  dtype: describe(
    "Numbers of the models' matrices: int8 and int4 are smaller and faster, and less exact (default fp32)"
  )(Flag.Literals("dtype", dtypes)),
  engine: describe("The way to onnxruntime: c-api is faster, binding works everywhere (default auto)")(
    Flag.Literals("engine", ["auto", "c-api", "binding"])
  ),
  threads: describe("Threads of one model run (default: the processor's, 4 at most)")(
    Flag.Int("threads").pipe(
      Flag.filter(
        (count) => count > 0,
        (count) => `Expected a number of threads above 0, got ${count}`
      )
    )
  ),
  quantizedCache: describe("A folder where int8 and int4 weights are kept, so that they are made once")(
    Flag.String("quantized-cache").pipe(Flag.withMetavar("FOLDER"))
  )
}

/** The formula of a command, and where its names and models come from. */
export const formulaFlags = {
  formula: Argument.String("formula").pipe(
    Argument.withDescription("A formula, such as 'a - 0.6 * b'; -- before it if it begins with a minus"),
    Argument.optional
  ),
  file: describe("A formula file: definitions name = formula, then one formula")(Flag.String("file")),
  ...modelFlags,
  define: many("define", "NAME=PROMPT makes NAME the default model behind PROMPT; may be repeated"),
  set: many("set", "ATTRIBUTE.alpha=A or ATTRIBUTE.lambda=L in every interpolate(…) that has it; may be repeated")
}

/** Every sampling option of the library under its name on the command line. */
export const samplingFlags = {
  temperature: describe("Divides log-probabilities; 0 takes the likeliest token (default 1)")(
    Flag.Finite("temperature")
  ),
  topK: describe("Keep the K likeliest tokens (default 0: all)")(Flag.Int("top-k")),
  topP: describe("Keep the likeliest tokens until their mass reaches P, in (0, 1] (default 1)")(Flag.Finite("top-p")),
  minP: describe("Keep tokens with at least this share of the likeliest one's probability (default 0)")(
    Flag.Finite("min-p")
  ),
  typicalP: describe("Keep the most typical tokens until their mass reaches P, in (0, 1] (default 1)")(
    Flag.Finite("typical-p")
  ),
  repetitionPenalty: describe("Multiplies log-probabilities of tokens already there (default 1)")(
    Flag.Finite("repetition-penalty")
  ),
  presencePenalty: describe("Subtracted from the score of tokens in the completion (default 0)")(
    Flag.Finite("presence-penalty")
  ),
  frequencyPenalty: describe("Subtracted once for each time a token stands in the completion (default 0)")(
    Flag.Finite("frequency-penalty")
  ),
  logitBias: many("logit-bias", "ID=B adds B to the score of token ID; may be repeated")
}

/** How drafts are used. */
export const speculationFlags = {
  speculate: describe(
    "How drafts save model calls: off (default), auto, or a plan, groups of terms by number or name, each later one with its draft length: '1 > 2:4 > 3+4:3'"
  )(Flag.String("speculate").pipe(Flag.withMetavar("auto|off|PLAN"))),
  verifier: describe(
    "How drafts are checked (default block; coupled for auto with a seed); coupled: a seed gives the same text with any plan and without"
  )(Flag.Literals("verifier", ["rejection", "block", "coupled"]))
}

/** How the whole formula is normalized. */
export const normalizeFlag = Flag.Literals("normalize", ["kl", "none"]).pipe(
  Flag.withDescription("kl divides scores by the total weight, none does not"),
  Flag.withDefault("kl")
)

/** Machine-readable output. */
export const jsonFlag = Flag.Boolean("json").pipe(Flag.withDescription("Print JSON"), Flag.withDefault(false))
