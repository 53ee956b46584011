import { projections } from "../attention.ts"
import type { Family } from "../decoder.ts"
import { gatedAsOne } from "../perceptron.ts"
import { ropeOf } from "../rope.ts"
import { shapeOf } from "../shape.ts"
import { windowOf } from "../windows.ts"
import { llamaLike } from "./llama_like.ts"

/** Phi 3, 3.5 and 4 (`Phi3ForCausalLM`): matrices that belong together in one tensor; a part of each head is turned. */
export const phi3: Family = (config) => {
  const shape = shapeOf(config)
  const { contextLength, rotary } = ropeOf(config, shape.headSize, {
    part: 1,
    trained: 4096,
    aliases: { su: "longrope", yarn: "longrope" }
  })
  const projected = (shape.queryHeads + 2 * shape.keyValueHeads) * shape.headSize
  return llamaLike(config, shape, {
    contextLength,
    epsilon: 1e-5,
    perceptron: gatedAsOne,
    attention: {
      input: { inputs: shape.hidden, outputs: { qkv_proj: projected }, bias: false },
      output: projections(shape, { input: false, output: false }).output,
      rotary: () => rotary,
      window: windowOf(config.optional("sliding_window"))
    }
  })
}
