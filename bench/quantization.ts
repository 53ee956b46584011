import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { corpusFiles, recordsOf } from "../src/embedded/train/corpora.ts"
import { encoder } from "../src/embedded/train/passages.ts"
import { argmax } from "../src/logits/selection.ts"
import { Backends, type LanguageModel } from "../src/mod.ts"
import { compare, table } from "./table.ts"

const tales = join(import.meta.dir, "../src/embedded/tales")
const corpora = join(import.meta.dir, "../../shared/corpora")
const dtypes = ["fp32", "int8", "int4"] as const
const passage =
  "Once upon a time there was a poor woodcutter who lived with his wife and his two children at the edge of a great forest. He had little to bite and to break, and when a great dearth came over the land he could no longer get even daily bread. One evening, as he lay in bed and rolled about for his trouble, he sighed and said to his wife: what is to become of us?"

/** Beginnings of texts that were held out when tales was trained, of every corpus; or of one passage. */
const contexts = (model: LanguageModel.LanguageModel) => {
  const encode = encoder(model.vocabulary.tokenizer!)
  const tokens = (text: string) => [0, ...encode(text.slice(0, 2000)).slice(0, 255)]
  if (!existsSync(corpora)) return { name: "a passage", all: [tokens(passage)] }
  const all = corpusFiles(corpora, "heldout").flatMap((file) =>
    [...recordsOf([file])].slice(0, 2).map(({ text }) => tokens(text))
  )
  return { name: "held-out texts of all corpora", all }
}

type Dtype = (typeof dtypes)[number]

const open = (dtype: Dtype, options: Backends.LoadOptions = {}) =>
  Backends.openModel(tales, { dtype, name: `tales ${dtype}`, thread: "main", ...options })

/** So many tokens, one at a time, the likeliest next. */
const decode = (model: LanguageModel.LanguageModel, count: number) =>
  Effect.gen(function* () {
    let context: ReadonlyArray<number> = [0]
    while (context.length <= count) {
      const [rows] = yield* model.score([{ context, from: context.length }])
      const best = argmax(rows![0]!)
      context = [...context, best]
    }
    return count
  })

/** What 8 and 4 bits cost in exactness, and what they save. */
export const quantization = async (): Promise<string> => {
  const cache = mkdtempSync(join(tmpdir(), "polylogit-"))
  const scope = Scope.makeUnsafe()
  const opened = (dtype: Dtype, options?: Backends.LoadOptions) =>
    Effect.runPromise(Scope.provide(open(dtype, options), scope))
  const models = await Promise.all(dtypes.map((dtype) => opened(dtype)))
  const stepwise = await Promise.all(dtypes.map((dtype) => opened(dtype, { blockLength: 1, cacheBytes: 0 })))
  const { all, name } = contexts(models[0]!)
  const loss = (reference: number, model: LanguageModel.LanguageModel, texts: typeof all) =>
    Effect.runPromise(Backends.measureQuantization(models[reference]!, model, texts))
  const losses = [await loss(0, models[1]!, all), await loss(0, models[2]!, all)]
  const steps = await Promise.all(stepwise.map((model, i) => loss(i, model, all.slice(0, 4))))
  const timings = await compare(
    models.map((model, i) => ({ name: dtypes[i]!, run: () => Effect.runPromise(decode(model, 100)) })),
    9
  )
  const load = (dtype: Dtype, options: Backends.LoadOptions = {}) => ({
    name: options.quantizedCache === undefined ? dtype : `${dtype}, from its cache`,
    run: () => Effect.runPromise(Effect.as(Effect.scoped(open(dtype, options)), 1))
  })
  const loads = await compare([...dtypes.map((dtype) => load(dtype)), load("int4", { quantizedCache: cache })], 5)
  await Effect.runPromise(Scope.close(scope, Exit.void))
  const bytes = await sizes(cache)
  rmSync(cache, { recursive: true, force: true })
  const rows = losses.map((loss, i) => {
    const dtype = dtypes[i + 1]!
    const cells = [
      dtype,
      loss.klDivergence.toPrecision(3),
      loss.largestKlDivergence.toPrecision(3),
      loss.logitDifference.toFixed(2),
      `${(100 * loss.agreement).toFixed(1)} %`,
      `${(bytes[dtype] / 1e6).toFixed(2)} MB of ${(bytes.fp32 / 1e6).toFixed(2)}`
    ]
    return `| ${cells.join(" | ")} |`
  })
  return [
    "### What 8 and 4 bits cost (tales, 4.0 M parameters)",
    "",
    `Against float32, after each of ${losses[0]!.rows} tokens of ${name}. KL in nats a token; agreement: the same token is the likeliest.`,
    "",
    "| | mean KL | largest KL | largest difference of logits | agreement | matrices |",
    "|---|---|---|---|---|---|",
    ...rows,
    "",
    `The same weights, token by token against many at once (attention adds in another order, and what is rounded to 8 bits may fall to the other side), mean KL: ${steps.map((loss, i) => `${dtypes[i]} ${loss.klDivergence.toPrecision(2)} (largest difference of logits ${loss.logitDifference.toPrecision(2)})`).join(", ")}. (That a row in a batch equals the row alone, bit for bit, is for test/backends/onnxruntime/quantized.test.ts.)`,
    "",
    table("One token at a time", "token", timings),
    table("Loading", "load", loads)
  ].join("\n")
}

/** What the matrices take: the files of quantized weights, and 4 bytes a number. */
const sizes = async (cache: string) => {
  await Effect.runPromise(Effect.scoped(open("int8", { quantizedCache: cache })))
  const of = (dtype: string) =>
    statSync(join(cache, readdirSync(cache).find((name) => name.includes(`-${dtype}-`))!)).size
  const numbers = of("int8") / (1 + 4 / 32)
  return { fp32: 4 * numbers, int8: of("int8"), int4: of("int4") }
}
