import type { ElementType } from "../../onnx/graph.ts"
import type { Model } from "../../onnx/packed.ts"

/** A tensor that a run is given. `data` is not kept. */
export interface Given {
  readonly type: ElementType
  readonly shape: ReadonlyArray<number>
  readonly data: Float32Array | BigInt64Array | Int32Array
}

/** A model made here, ready to run: what both ways to the runtime have in common. */
export interface GraphSession {
  /** Float32 outputs of the shapes asked for, owned by the caller. */
  readonly run: (
    inputs: Readonly<Record<string, Given>>,
    outputs: Readonly<Record<string, ReadonlyArray<number>>>
  ) => Promise<Readonly<Record<string, Float32Array>>>
  readonly release: () => Promise<void>
}

/** Opens a model. Sessions of one opener share its weights where the runtime can. */
export type Open = (model: Model) => Promise<GraphSession>
