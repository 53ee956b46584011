import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { type Layout, layoutOf } from "../models/layout.ts"
import { llamaTensors } from "../models/llama_tensors.ts"

/** The folder of the model whose law the twin has. */
export const originalFolder = join(import.meta.dir, "../../src/embedded/tales")

// to be counted up when the numbers that the twin is filled with change
const recipe = "2"
const [noise, zero, one] = [
  { center: 0, spread: 0.04 },
  { center: 0, spread: 0 },
  { center: 1, spread: 0 }
]

/**
 * The layout of the twin: the original's with ten layers behind its four, and a feed-forward width of 11,712 in all.
 * What reads the residual stream is filled with noise, what writes to it with zeros: the added parameters cost what
 * any cost and add nothing.
 */
export const twinLayout = (): Layout => {
  const original = JSON.parse(readFileSync(join(originalFolder, "config.json"), "utf8"))
  const config = { ...original, num_hidden_layers: 14, intermediate_size: 11_712 }
  const weights = readFileSync(join(originalFolder, "model.safetensors"))
  return layoutOf({
    config,
    type: "F16",
    tensors: llamaTensors(config, {
      ...{ embedding: noise, queryKey: noise, value: noise, gateUp: noise },
      ...{ attentionOut: zero, down: zero, norm: one, finalNorm: one }
    }),
    made: { made_of: createHash("sha256").update(weights).digest("hex"), made_by: recipe }
  })
}
