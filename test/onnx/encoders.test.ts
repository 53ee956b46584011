import { describe, expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { fromFiles } from "../../src/onnx/checkpoint.ts"
import { CheckpointError } from "../../src/onnx/checkpoint_error.ts"
import { parseConfig } from "../../src/onnx/config.ts"
import { encoderOf } from "../../src/onnx/encoders.ts"
import { labelsOf, probabilitiesOf } from "../../src/onnx/labels.ts"
import { raggedModel } from "../../src/onnx/ragged.ts"
import { weightsOf } from "../../src/onnx/weights.ts"

const golden = join(import.meta.dir, "../golden/encoders")
const configOf = (family: string, changes: Record<string, unknown> = {}) =>
  parseConfig(JSON.stringify({ ...JSON.parse(readFileSync(join(golden, family, "config.json"), "utf8")), ...changes }))

const build = (family: string, changes: Record<string, unknown>) => {
  const weights = new Uint8Array(readFileSync(join(golden, family, "model.safetensors")))
  try {
    const encoder = encoderOf(configOf(family, changes))!
    return raggedModel(encoder, weightsOf(fromFiles(new Map([["model.safetensors", weights]])))).bytes
  } catch (error) {
    if (error instanceof CheckpointError) return error.message
    throw error
  }
}

test.each(["bert", "roberta", "distilbert"])(
  "the graph of the golden %p is small: the weights stay in their file",
  (family) => {
    const graph = build(family, {})
    expect(graph).toBeInstanceOf(Uint8Array)
    expect(graph.length).toBeLessThan(20_000)
  }
)

test("an architecture that is no encoder with a head is none", () => {
  expect(encoderOf(configOf("bert", { architectures: ["BertForMaskedLM"] }))).toBeUndefined()
  expect(encoderOf(configOf("bert", { architectures: ["toString"] }))).toBeUndefined()
})

test("RoBERTa counts places from after the padding token, over all tokens but padding; the others from 0", () => {
  const tokens = [5, 1, 6, 1, 1, 7]
  const roberta = encoderOf(configOf("roberta"))!
  expect(roberta.positions(tokens)).toEqual([2, 1, 3, 1, 1, 4])
  expect(roberta.contextLength).toBe(128)
  expect(encoderOf(configOf("roberta", { pad_token_id: 0 }))!.positions(tokens)).toEqual([1, 2, 3, 4, 5, 6])
  for (const family of ["bert", "distilbert"]) {
    const encoder = encoderOf(configOf(family))!
    expect(encoder.positions(tokens)).toEqual([0, 1, 2, 3, 4, 5])
    expect(encoder.contextLength).toBe(130)
  }
})

describe("a config.json that does not fit is refused", () => {
  const cases: ReadonlyArray<readonly [string, string, Record<string, unknown>, string]> = [
    ["a missing size", "bert", { hidden_size: undefined }, "Cannot read hidden_size of config.json"],
    ["heads of no one size", "bert", { num_attention_heads: 5 }, "hidden state of 64 numbers into 5 heads"],
    ["heads of no one size", "distilbert", { n_heads: 7 }, "hidden state of 64 numbers into 7 heads"],
    ["an unknown activation", "roberta", { hidden_act: "swoosh" }, '"swoosh"'],
    ["an unknown activation", "distilbert", { activation: "swoosh" }, '"swoosh"'],
    ["relative places", "bert", { position_embedding_type: "relative_key" }, "position_embedding_type"],
    ["a mask of what comes later", "bert", { is_decoder: true }, "is_decoder"],
    ["weights of another kind", "distilbert", { quantization_config: { bits: 4 } }, "quantization_config"],
    ["another width", "bert", { intermediate_size: 127 }, "[127,64] that config.json asks for: it has [128,64]"],
    ["more layers than there are", "distilbert", { n_layers: 3 }, "Cannot find distilbert.transformer.layer.2"],
    ["more labels than there are", "roberta", { id2label: { 0: "a", 1: "b", 2: "c" } }, "classifier.out_proj.weight"],
    ["padding beyond all places", "roberta", { pad_token_id: 129 }, "pad_token_id 129: there are 130"],
    ["padding that is no token", "roberta", { pad_token_id: -1 }, "pad_token_id -1"]
  ]
  for (const [name, family, changes, expected] of cases) {
    test(`${family}: ${name}`, () => expect(build(family, changes)).toContain(expected))
  }
})

describe("labels", () => {
  const labels = (config: unknown) => labelsOf(parseConfig(JSON.stringify(config)))
  const probabilities = (config: unknown) => probabilitiesOf(parseConfig(JSON.stringify(config)))

  test("by their numbers, or numbered where config.json does not name them", () => {
    expect(labels({ id2label: { 1: "b", 0: "a", 2: "c" } })).toEqual(["a", "b", "c"])
    expect(labels({})).toEqual(["LABEL_0", "LABEL_1"])
    expect(labels({ num_labels: 3 })).toEqual(["LABEL_0", "LABEL_1", "LABEL_2"])
    expect(() => labels({ id2label: {} })).toThrow("it has none for 0")
    expect(() => labels({ id2label: { 0: 7 } })).toThrow("id2label.0 of config.json as text: 7")
  })

  test("one among all, or each for itself; no regression", () => {
    expect(probabilities({})).toBe("softmax")
    expect(probabilities({ problem_type: "single_label_classification" })).toBe("softmax")
    expect(probabilities({ problem_type: "multi_label_classification" })).toBe("sigmoid")
    expect(probabilities({ id2label: { 0: "toxic" } })).toBe("sigmoid")
    expect(() => probabilities({ problem_type: "regression" })).toThrow("Cannot classify with a regression")
  })
})
