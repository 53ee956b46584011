import { join } from "node:path"
import { constant } from "../../../../src/onnx/constants.ts"
import * as Graph from "../../../../src/onnx/graph.ts"
import { temporaryFolder } from "../temporary.ts"
import { configOf } from "./golden.ts"
import { tokenizerFile } from "./tokenizer_file.ts"

/** What an exported classifier may have or lack. */
export interface ExportedTexts {
  readonly inputs?: ReadonlyArray<string>
  readonly integers?: "int32" | "int64"
  readonly batch?: number | string
  readonly output?: string
  readonly labels?: number
  readonly quantized?: boolean
}

/**
 * A folder with an exported graph whose logits a person can compute: for each label the mean over the text of
 * `token * (label + 1) / 100`, by the mask, plus the number of texts in the run, so that a test sees what went together.
 */
export const exportTexts = (
  {
    batch = "batch",
    inputs = ["input_ids", "attention_mask", "token_type_ids"],
    integers = "int64",
    labels = 2,
    output = "logits",
    quantized = false
  }: ExportedTexts,
  config: Record<string, unknown> = {}
): string => {
  const graph = Graph.make()
  const float = (value: Graph.Value) => graph.node("Cast", [value], { attributes: { to: Graph.elementType.float32 } })
  const values = new Map(inputs.map((name) => [name, float(graph.input(name, integers, [batch, "length"]))]))
  const tokens = values.get("input_ids") ?? [...values.values()][0]!
  const mask = values.get("attention_mask")
  const masked = mask === undefined ? tokens : graph.node("Mul", [tokens, mask])
  const last = constant(graph, "int64", [-1])
  const mean = graph.node("ReduceMean", [masked, last])
  const weights = constant(
    graph,
    "float32",
    Array.from({ length: labels }, (_, i) => (i + 1) / 100),
    [1, labels]
  )
  const texts = graph.node("Shape", [tokens], { attributes: { start: 0, end: 1 } })
  const zero = constant(graph, "float32", [0], [])
  // what else comes in adds nothing where it is as it has to be
  const others = [...values.entries()].filter(([name]) => name === "token_type_ids")
  const added = others.map(([, value]) => graph.node("ReduceSum", [value, last]))
  const sum = [mean, ...added].reduce((a, b) => graph.node("Add", [a, b]))
  const logits = graph.node("Add", [graph.node("MatMul", [sum, weights]), float(texts)])
  const noted = quantized
    ? graph.node("Add", [
        logits,
        graph.node("Mul", [float(graph.nodes("DynamicQuantizeLinear", [logits], 3)[0]!), zero])
      ])
    : logits
  graph.output(output, noted, "float32", [batch, labels])
  return temporaryFolder({
    [join("onnx", "model.onnx")]: graph.toBytes(),
    "config.json": JSON.stringify({ ...configOf("bert"), ...config }),
    "tokenizer.json": tokenizerFile
  })
}
