import { readFileSync } from "node:fs"
import { type InferenceSession, Tensor } from "onnxruntime-node"
import { LoadFailure } from "../load_failure.ts"
import { rowsOf } from "../runner.ts"
import type { TextRunner } from "./text_runner.ts"

const integerInputs = ["input_ids", "attention_mask", "token_type_ids", "position_ids"]

/**
 * Runs a classifier that was exported in the layout of Hugging Face: `input_ids`, and where the graph has them
 * `attention_mask`, `token_type_ids` and `position_ids`, give `logits` `[texts, labels]`. Texts of one length go
 * together, so that nothing is padded. A graph that quantizes while it runs takes the scale from all texts of a run:
 * it gets one at a time.
 *
 * Errors: throws `LoadFailure` where the graph has another layout or another number of labels.
 */
export const exportedTexts = async (
  session: InferenceSession,
  { file, labels }: { readonly file: string; readonly labels: number }
): Promise<TextRunner> => {
  const { batch, inputs } = layoutOf(session, file)
  const run = async (texts: ReadonlyArray<Int32Array>) => {
    const { logits } = await session.run(feedsOf(inputs, texts))
    return logits!
  }
  const given = (await run([Int32Array.of(0)])).dims.at(-1)!
  if (given !== labels) {
    throw new LoadFailure(`Cannot run ${file} as a classifier of ${labels} labels: its logits are ${given} a text`)
  }
  return {
    texts: batch === 1 || readFileSync(file).includes("DynamicQuantizeLinear") ? 1 : Number.POSITIVE_INFINITY,
    sameLength: true,
    run: async (texts) => rowsOf((await run(texts)).data as Float32Array, labels, 0, texts.length),
    release: () => session.release()
  }
}

type Inputs = ReadonlyMap<string, "int32" | "int64">

const layoutOf = (
  session: InferenceSession,
  file: string
): { readonly batch: number | string; readonly inputs: Inputs } => {
  const refuse = (what: string): never => {
    throw new LoadFailure(`Cannot run ${file} as an exported classifier: ${what}`)
  }
  const inputs = new Map<string, "int32" | "int64">()
  let batch: number | string = 1
  for (const input of session.inputMetadata) {
    const { name } = input
    if (!input.isTensor || !integerInputs.includes(name)) {
      return refuse(`its input ${name} is none of ${integerInputs.join(", ")}`)
    }
    if (input.type !== "int64" && input.type !== "int32") return refuse(`its ${name} is ${input.type}, not int64`)
    inputs.set(name, input.type)
    if (name === "input_ids") batch = input.shape[0]!
  }
  if (!inputs.has("input_ids")) refuse("it has no input input_ids")
  const logits = session.outputMetadata.find(({ name }) => name === "logits")
  if (logits === undefined) return refuse(`it has no output logits, only ${session.outputNames.slice(0, 4).join(", ")}`)
  if (!logits.isTensor || logits.type !== "float32" || logits.shape.length !== 2) {
    return refuse("its logits are not float32 [texts, labels]")
  }
  return { batch, inputs }
}

const feedsOf = (inputs: Inputs, texts: ReadonlyArray<Int32Array>): Record<string, Tensor> => {
  const shape = [texts.length, texts[0]!.length]
  const values: Readonly<Record<string, (token: number, place: number) => number>> = {
    input_ids: (token) => token,
    attention_mask: () => 1,
    token_type_ids: () => 0,
    position_ids: (_, place) => place
  }
  const feeds: Record<string, Tensor> = {}
  for (const [name, type] of inputs) {
    const numbers = texts.flatMap((tokens) => Array.from(tokens, values[name]!))
    feeds[name] =
      type === "int32"
        ? new Tensor("int32", Int32Array.from(numbers), shape)
        : new Tensor("int64", BigInt64Array.from(numbers, BigInt), shape)
  }
  return feeds
}
