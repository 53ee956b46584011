import { expect, test } from "bun:test"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { families } from "../../../../src/onnx/families.ts"
import { readSafetensors } from "../../../../src/onnx/safetensors.ts"
import { safetensors } from "../../../onnx/safetensors_file.ts"
import { decoders, goldenCases } from "../golden.ts"
import { temporaryFolder } from "../temporary.ts"
import { classify, distance, withClassifier } from "./golden.ts"

const labels = 3
const heads = ["lm_head.weight", "embed_out.weight", "model.embed_tokens.weight", "transformer.wte.weight"]

/** A golden decoder as a classifier whose `score.weight` is the head of the first three tokens. */
const scored = (folder: string, architecture: string): string => {
  const file = new Uint8Array(readFileSync(join(folder, "model.safetensors")))
  const tensors = readSafetensors("model.safetensors", file)
  const head = tensors.get(heads.find((name) => tensors.has(name))!)!
  const length = (head.byteLength / head.shape[0]!) * labels
  const header: Record<string, unknown> = {}
  const parts: Array<Uint8Array> = []
  let at = 0
  const add = (name: string, dtype: string, shape: ReadonlyArray<number>, bytes: Uint8Array) => {
    header[name] = { dtype, shape, data_offsets: [at, at + bytes.byteLength] }
    parts.push(bytes)
    at += bytes.byteLength
  }
  for (const [name, { byteLength, offset, shape, type }] of tensors) {
    if (name !== "lm_head.weight") add(name, type, shape, file.subarray(offset, offset + byteLength))
  }
  add("score.weight", head.type, [labels, head.shape[1]!], file.subarray(head.offset, head.offset + length))
  const config = JSON.parse(readFileSync(join(folder, "config.json"), "utf8"))
  return temporaryFolder({
    "config.json": JSON.stringify({
      ...config,
      architectures: [architecture],
      id2label: { 0: "joy", 1: "anger", 2: "none" }
    }),
    "model.safetensors": safetensors(header, Buffer.concat(parts))
  })
}

const cases: ReadonlyArray<readonly [family: string, decoder: string, architecture: string]> = [
  ["llama", "LlamaForCausalLM", "LlamaForSequenceClassification"],
  ["mistral", "MistralForCausalLM", "MistralForSequenceClassification"],
  ["qwen3", "Qwen3ForCausalLM", "Qwen3ForSequenceClassification"],
  ["phi3", "Phi3ForCausalLM", "Phi3ForSequenceClassification"],
  ["smollm3", "SmolLM3ForCausalLM", "SmolLM3ForSequenceClassification"],
  ["gpt2", "GPT2LMHeadModel", "GPT2ForSequenceClassification"],
  ["gpt_neox", "GPTNeoXForCausalLM", "GPTNeoXForSequenceClassification"],
  ["mpt", "MptForCausalLM", "MptForSequenceClassification"]
]

for (const [family, decoder, architecture] of cases) {
  const folder = join(decoders, family)
  const there = Object.hasOwn(families, decoder) && existsSync(join(folder, "model.safetensors"))
  const name = `${architecture} scores the last token of each text: the logits of Hugging Face for the head's first rows`
  test.skipIf(!there)(name, async () => {
    const golden = await goldenCases(folder)
    await withClassifier(scored(folder, architecture), async (classifier) => {
      expect(classifier.labels).toEqual(["joy", "anger", "none"])
      const texts = golden.map(({ context }) => context)
      const expected = golden.map(({ rows }) => rows.at(-1)!.subarray(0, labels))
      expect(distance(await classify(classifier, texts), expected)).toBeLessThan(2e-5)
      for (const [i, text] of texts.entries()) {
        expect(distance(await classify(classifier, [text]), [expected[i]!])).toBeLessThan(2e-5)
        // the past of the text before serves the longer one
        const longer = golden[i]!.context.slice(0, 1)
        const [row] = await classify(classifier, [longer])
        expect(distance([row!], [golden[i]!.rows[0]!.subarray(0, labels)])).toBeLessThan(2e-5)
      }
    })
  })
}
