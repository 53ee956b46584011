import type { Side } from "../../../onnx/graph.ts"
import type { Library } from "./library.ts"
import { type TensorValue, tensorValue } from "./tensor_value.ts"

/** Weights that the sessions of one model share, each laid out for the processor once. */
export interface SharedWeights extends Disposable {
  /** Where the layouts are kept. */
  readonly container: number
  readonly tensor: (side: Side) => TensorValue
}

/** Starts with none: sessions add what they need. */
export const sharedWeights = (library: Library): SharedWeights => {
  const owned = new DisposableStack()
  const container = owned.use(library.create("CreatePrepackedWeightsContainer", "ReleasePrepackedWeightsContainer"))
  const tensors = new Map<Side, TensorValue>()
  return {
    get container() {
      return container.pointer
    },
    tensor: (side) => {
      const made = tensors.get(side) ?? owned.use(tensorValue(library, side))
      tensors.set(side, made)
      return made
    },
    [Symbol.dispose]: () => owned.dispose()
  }
}
