import { type InferenceSession, Tensor } from "onnxruntime-node"
import { type ExportedPast, type ExportedShapes, exportedPast } from "./exported_past.ts"
import { LoadFailure } from "./load_failure.ts"
import { type Block, type Runner, rowsOf } from "./runner.ts"

/**
 * Runs a decoder that was exported in the layout of Hugging Face: `input_ids`, and where the graph has them
 * `attention_mask`, `position_ids`, `num_logits_to_keep` and `past_key_values.N.key/value` with `present.N.key/value`.
 * A graph without a past gets the whole context each time.
 *
 * Errors: throws `LoadFailure` where the graph has another layout.
 */
export const exportedRunner = async (
  session: InferenceSession,
  options: { readonly file: string; readonly contextLength: number; readonly blockLength: number }
): Promise<Runner<ExportedPast>> => {
  const layout = layoutOf(session, options.file)
  const run = async ({ past, rows, tokens }: Block<ExportedPast>) => {
    const results = await session.run(feedsOf(layout, past, tokens, rows))
    const logits = results.logits!
    const [, given, size] = logits.dims as [number, number, number]
    if (layout.pasts.length > 0) {
      const presents = layout.pasts.map(({ present }) => results[present]!.data as Float32Array)
      past.replace(presents, past.length + tokens.length)
    }
    return rowsOf(logits.data as Float32Array, size, given - rows, rows)
  }
  const shapes = layout.pasts
  const [row] = await run({ past: exportedPast(shapes), rows: 1, tokens: Int32Array.of(0) })
  return {
    contextLength: options.contextLength,
    vocabularySize: row!.length,
    slots: 1,
    blockLength: shapes.length > 0 ? options.blockLength : Number.POSITIVE_INFINITY,
    emptyPast: () => exportedPast(shapes),
    run: (blocks) => Promise.all(blocks.map(run)),
    release: () => session.release()
  }
}

interface Layout {
  readonly inputs: ReadonlyMap<string, "int32" | "int64">
  readonly pasts: ReadonlyArray<ExportedShapes[number] & { readonly past: string; readonly present: string }>
}

const integerInputs = ["input_ids", "attention_mask", "position_ids", "num_logits_to_keep"]

const layoutOf = (session: InferenceSession, file: string): Layout => {
  const refuse = (what: string): never => {
    throw new LoadFailure(`Cannot run ${file} as an exported decoder: ${what}`)
  }
  const inputs = new Map<string, "int32" | "int64">()
  const pasts: Array<Layout["pasts"][number]> = []
  for (const input of session.inputMetadata) {
    const { name } = input
    if (!input.isTensor) return refuse(`its input ${name} is no tensor`)
    if (integerInputs.includes(name)) {
      if (input.type !== "int64" && input.type !== "int32") return refuse(`its ${name} is ${input.type}, not int64`)
      inputs.set(name, input.type)
    } else if (/^past_key_values\.\d+\.(key|value)$/.test(name)) {
      const [, heads, , size] = input.shape
      const shaped = input.shape.length === 4 && typeof heads === "number" && typeof size === "number"
      if (!shaped) return refuse(`its ${name} has the shape [${input.shape}], not [batch, heads, past, size]`)
      if (input.type !== "float32") return refuse(`its ${name} is ${input.type}, and only float32 is supported`)
      const present = name.replace("past_key_values", "present")
      if (!session.outputNames.includes(present)) return refuse(`it has ${name} and no output ${present}`)
      pasts.push({ past: name, present, heads, size })
    } else return refuse(`its input ${name} is none of ${integerInputs.join(", ")}, past_key_values.N.key, .value`)
  }
  if (!inputs.has("input_ids")) refuse("it has no input input_ids")
  const logits = session.outputMetadata.find(({ name }) => name === "logits")
  if (logits === undefined) return refuse(`it has no output logits, only ${session.outputNames.slice(0, 4).join(", ")}`)
  if (!logits.isTensor || logits.type !== "float32" || logits.shape.length !== 3) {
    return refuse("its logits are not float32 [batch, tokens, vocabulary]")
  }
  return { inputs, pasts }
}

const feedsOf = ({ inputs, pasts }: Layout, past: ExportedPast, tokens: Int32Array, rows: number) => {
  const feeds: Record<string, Tensor> = {}
  const give = (name: string, shape: ReadonlyArray<number>, values: ArrayLike<number>) => {
    const type = inputs.get(name)
    if (type === "int32") feeds[name] = new Tensor("int32", Int32Array.from(values), shape)
    if (type === "int64") feeds[name] = new Tensor("int64", BigInt64Array.from(Array.from(values, BigInt)), shape)
  }
  const n = tokens.length
  give("input_ids", [1, n], tokens)
  give("attention_mask", [1, past.length + n], new Int32Array(past.length + n).fill(1))
  give(
    "position_ids",
    [1, n],
    tokens.map((_, i) => past.length + i)
  )
  // 0 would keep all
  give("num_logits_to_keep", [], [Math.max(1, rows)])
  pasts.forEach(({ heads, past: name, size }, i) => {
    feeds[name] = new Tensor("float32", past.tensors[i]!, [1, heads, past.length, size])
  })
  return feeds
}
