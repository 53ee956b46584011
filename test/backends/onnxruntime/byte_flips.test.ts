import { expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { load } from "../../../src/backends/onnxruntime/load.ts"
import { LoadFailure } from "../../../src/backends/onnxruntime/load_failure.ts"
import { settingsOf } from "../../../src/backends/onnxruntime/settings.ts"
import { fromFiles } from "../../../src/onnx/checkpoint.ts"
import { CheckpointError } from "../../../src/onnx/checkpoint_error.ts"
import { parseConfig } from "../../../src/onnx/config.ts"
import { decoderOf } from "../../../src/onnx/families.ts"
import { inPlaceModel } from "../../../src/onnx/in_place.ts"
import { refuseMoreLayers } from "../../../src/onnx/layers.ts"
import { weightsOf } from "../../../src/onnx/weights.ts"
import { rowDistance } from "../../support/language_model_laws.ts"
import { decoders } from "./golden.ts"
import { temporaryFolder } from "./temporary.ts"

const llama = join(decoders, "llama")
const config = new Uint8Array(readFileSync(join(llama, "config.json")))
const weights = new Uint8Array(readFileSync(join(llama, "model.safetensors")))
const header = 8 + Number(new DataView(weights.buffer).getBigUint64(0, true))

/** Numbers that come one after the other from a seed. */
const numbers = (seed: number) => {
  let x = seed
  return (below: number) => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0
    return Math.floor((x / 2 ** 32) * below)
  }
}

interface Flip {
  readonly where: "config" | "header" | "data"
  readonly config: Uint8Array
  readonly weights: Uint8Array
}

/** The pair with one bit changed: in turn in the configuration, in the header of the weights and in the numbers. */
const flipped = (i: number, next: (below: number) => number): Flip => {
  const where = (["config", "header", "data"] as const)[i % 3]!
  const pair = { where, config: config.slice(), weights: weights.slice() }
  const bytes = where === "config" ? pair.config : pair.weights
  const at =
    where === "config"
      ? next(config.length)
      : where === "header"
        ? next(header)
        : header + next(weights.length - header)
  bytes[at]! ^= 1 << next(8)
  return pair
}

/** Reads the pair and builds its graph; the message where it is refused. Anything else that is thrown is a fault. */
const build = (flip: Flip): string | undefined => {
  try {
    const checkpoint = fromFiles(new Map([["model.safetensors", flip.weights]]))
    const decoder = decoderOf(parseConfig(new TextDecoder().decode(flip.config)))
    refuseMoreLayers(checkpoint, decoder.layers)
    inPlaceModel(decoder, weightsOf(checkpoint), 1)
    return undefined
  } catch (thrown) {
    if (thrown instanceof CheckpointError) return thrown.message
    throw thrown
  }
}

/** Fields whose numbers no shape can confirm. */
const unchecked = [
  ...[
    "rms_norm_eps",
    "rope_theta",
    "rope_parameters",
    "max_position_embeddings",
    "hidden_act",
    "attention_bias",
    "mlp_bias"
  ],
  ...["bos_token_id", "eos_token_id", "pad_token_id"]
]

test("ten thousand flipped bits in a checkpoint are refused in words, or do no harm", async () => {
  const next = numbers(20261126)
  const context = Int32Array.of(1, 5, 9, 2)
  const rowsOf = async (folder: string) => {
    const loaded = await load({ kind: "checkpoint", folder }, settingsOf({ slots: [1], thread: "main" }))
    const [rows] = await loaded.score([{ context, from: 1 }])
    await loaded.release()
    return rows!
  }
  const original = await rowsOf(llama)
  const counts = { refused: 0, harmless: 0, "another number": 0, "other weights": 0 }
  let passed = 0
  for (let i = 0; i < 10_000; i++) {
    const flip = flipped(i, next)
    if (build(flip) !== undefined) {
      counts.refused++
      continue
    }
    if (flip.where === "data") counts["other weights"]++
    // what is built is also run, one in ten where only a number of the weights is another
    if (flip.where === "data" && passed++ % 40 !== 0) continue
    const folder = temporaryFolder({ "config.json": flip.config, "model.safetensors": flip.weights })
    const rows = await rowsOf(folder).catch((thrown) => {
      if (thrown instanceof CheckpointError || thrown instanceof LoadFailure) return undefined
      throw thrown
    })
    if (rows === undefined) counts.refused++
    else if (flip.where === "data") continue
    else if (rowDistance(rows, original) === 0) counts.harmless++
    else {
      counts["another number"]++
      expect(flip.where).toBe("config")
      expect(unchecked).toContain(changedField(flip.config) ?? "none")
    }
  }
  console.log("flipped bits:", JSON.stringify(counts))
  expect(counts.refused).toBeGreaterThan(3000)
  expect(counts.harmless).toBeGreaterThan(0)
}, 120_000)

/** The first field of config.json that reads differently. */
const changedField = (bytes: Uint8Array): string | undefined => {
  const [before, after] = [config, bytes].map((text) => JSON.parse(new TextDecoder().decode(text)))
  return Object.keys(before).find((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]))
}
