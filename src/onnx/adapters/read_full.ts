import type { Checkpoint } from "../checkpoint.ts"
import { CheckpointError } from "../checkpoint_error.ts"
import type { Adapter } from "./adapter.ts"
import type { Blueprint } from "./blueprint.ts"

/** A model that was fine-tuned in full. */
export interface FullModel {
  readonly name: string
  readonly checkpoint: Checkpoint
  /** Of the decoder that its config.json describes, built with the names of the base. */
  readonly blueprint: Blueprint
}

/**
 * A fine-tuned model as an adapter of the base that it was made from: the difference of all weights.
 *
 * Errors: throws `CheckpointError` where it computes something else than the base, or has other tensors.
 */
export const readFull = ({ blueprint, checkpoint, name }: FullModel, base: Blueprint): Adapter => {
  const refuse = (what: string): never => {
    throw new CheckpointError(`Cannot use ${name} as fine-tuned weights of this base: ${what}`)
  }
  for (const [tensor, shape] of base.tensors) {
    const stored = checkpoint.stored(tensor)
    if (stored === undefined) return refuse(`there is no ${tensor}`)
    if (`${stored.shape}` !== `${shape}`) {
      return refuse(`${tensor} has the shape [${stored.shape}] where the base has [${shape}]`)
    }
  }
  if (Buffer.compare(blueprint.bytes, base.bytes) !== 0) return refuse("its config.json asks for another computation")
  return { kind: "full", name, checkpoint }
}
