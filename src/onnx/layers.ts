import type { Checkpoint } from "./checkpoint.ts"
import { CheckpointError } from "./checkpoint_error.ts"

/**
 * Sees to it that a checkpoint has no layer beyond those that config.json counts: with some left out, a model would run
 * and write nonsense. The first number in a tensor's name is that of its layer.
 *
 * Errors: throws `CheckpointError`.
 */
export const refuseMoreLayers = (checkpoint: Pick<Checkpoint, "names">, layers: number): void => {
  const beyond = checkpoint.names.find((name) => Number(/\.(\d+)\./.exec(name)?.[1] ?? -1) >= layers)
  if (beyond !== undefined) {
    throw new CheckpointError(`Cannot use a checkpoint with the ${layers} layers of config.json: it holds ${beyond}`)
  }
}
