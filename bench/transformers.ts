import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Stream from "effect/Stream"
import { openModel } from "../src/backends/mod.ts"
import { Formula, Generation, LanguageModel } from "../src/mod.ts"
import { exportLlama } from "../test/backends/onnxruntime/export_llama.ts"
import { compare, table } from "./table.ts"

const tales = join(import.meta.dir, "../src/embedded/tales")
const stories = join(import.meta.dir, "../../shared/models/stories260k")
const maxTokens = 96

/** Named so that types are checked without it: only `bun run bench` installs it. */
const competitor: string = "@huggingface/transformers"

/** A folder as transformers.js wants it: onnx/model.onnx beside the tokenizer. */
const layout = (from: string): string => {
  const folder = existsSync(join(from, "model.onnx"))
    ? join(tmpdir(), `polylogit-bench-${basename(from)}`)
    : exportLlama({ past: true, positions: true, keep: false }, "onnx/model.onnx", from)
  mkdirSync(join(folder, "onnx"), { recursive: true })
  for (const name of ["config.json", "tokenizer.json", "tokenizer_config.json"])
    copyFileSync(join(from, name), join(folder, name))
  if (existsSync(join(from, "model.onnx"))) copyFileSync(join(from, "model.onnx"), join(folder, "onnx/model.onnx"))
  return folder
}

const duel = async (title: string, from: string, prompt: string): Promise<string> => {
  const { AutoModelForCausalLM, AutoTokenizer, env } = await import(competitor)
  const folder = layout(from)
  env.allowRemoteModels = false
  env.localModelPath = dirname(folder)
  const tokenizer = await AutoTokenizer.from_pretrained(basename(folder))
  const theirs = await AutoModelForCausalLM.from_pretrained(basename(folder), { dtype: "fp32", device: "cpu" })
  const open = (path: string) =>
    ManagedRuntime.make(
      Layer.effect(
        LanguageModel.Models,
        Effect.map(openModel(path), (model) => ({ get: () => Effect.succeed(model) }))
      )
    )
  const [graph, checkpoint] = [open(folder.replace(/$/, "/onnx/model.onnx")), open(from)]
  const ours = (runtime: typeof graph, temperature: number) => async () => {
    const events = Generation.events(Formula.model(), { prompt, maxTokens, temperature, seed: 1 })
    const all = await runtime.runPromise(Stream.runCollect(events))
    return all.filter((event) => event._tag === "Token").length
  }
  const generate = (options: object) => async () => {
    const inputs = await tokenizer(prompt)
    const before = inputs.input_ids.dims[1]!
    const out = await theirs.generate({ ...inputs, max_new_tokens: maxTokens, ...options })
    return (out as { dims: Array<number> }).dims[1]! - before
  }
  const timings = await compare(
    [
      { name: "transformers.js 4.3.1 `generate`, sampling", run: generate({ do_sample: true, top_k: 0 }) },
      { name: "transformers.js 4.3.1 `generate`, greedy", run: generate({ do_sample: false }) },
      { name: "polylogit, the same exported graph, sampling", run: ours(graph, 1) },
      { name: "polylogit, the same exported graph, greedy", run: ours(graph, 0) },
      { name: "polylogit, the same weights from the checkpoint, sampling", run: ours(checkpoint, 1) },
      { name: "polylogit, the same weights from the checkpoint, greedy", run: ours(checkpoint, 0) }
    ],
    7
  )
  await Promise.all([graph.dispose(), checkpoint.dispose()])
  await theirs.dispose()
  rmSync(folder, { recursive: true, force: true })
  const [sampled, greedy, graphSampled, graphGreedy, own, ownGreedy] = timings.map(({ median }) => median)
  return table(title, "token", timings, [
    `Faster than transformers.js, sampling: ${(sampled! / graphSampled!).toFixed(2)}x on the same graph, ${(sampled! / own!).toFixed(2)}x from the checkpoint; greedy: ${(greedy! / graphGreedy!).toFixed(2)}x and ${(greedy! / ownGreedy!).toFixed(2)}x (goal >= 1.5x).`
  ])
}

/** Against transformers.js on the same weights. */
export const transformers = async (): Promise<string> => {
  const parts = [await duel("transformers.js on tales", tales, "Once upon a time")]
  if (existsSync(stories)) parts.push(await duel("transformers.js on stories260k", stories, "Once upon a time"))
  else parts.push("### transformers.js on stories260k\n\nskipped: ../shared is not there\n")
  return parts.join("\n")
}

// read once so that a missing model is told before anything is timed
readFileSync(join(tales, "config.json"))
