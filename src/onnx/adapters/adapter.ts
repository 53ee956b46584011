import type { Checkpoint } from "../checkpoint.ts"

/** What fine-tuning made of a model: the difference to its weights, of low rank or in full. */
export type Adapter =
  /** By the name of the tensor that each update is added to. */
  | { readonly kind: "low-rank"; readonly name: string; readonly updates: ReadonlyMap<string, LowRank> }
  /** The whole model as it is after fine-tuning. */
  | { readonly kind: "full"; readonly name: string; readonly checkpoint: Checkpoint }

/** `scale * up * down`, added to a matrix `[outputs, inputs]`. */
export interface LowRank {
  readonly rank: number
  readonly scale: number
  readonly inputs: number
  readonly outputs: number
  /** `[rank, inputs]` */
  readonly down: Float32Array
  /** `[outputs, rank]` */
  readonly up: Float32Array
  /** The matrix is stored `[inputs, outputs]`. */
  readonly transposed: boolean
}
