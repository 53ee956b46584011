import { merged } from "../../onnx/adapters/merged.ts"
import type { Checkpoint } from "../../onnx/checkpoint.ts"
import type { Dtype } from "../../onnx/dtype.ts"
import { type Weights, weightsOf } from "../../onnx/weights.ts"
import type { KnownAdapters } from "./adapters.ts"
import { availableMemory, neededMemory } from "./memory.ts"
import type { Merging } from "./merging_runner.ts"
import type { Past, Runner } from "./runner.ts"
import type { Settings } from "./settings.ts"

/** What a loaded checkpoint merges mixes with. */
export interface MergingParts<P extends Past> {
  readonly adapters: KnownAdapters
  readonly checkpoint: Checkpoint
  readonly dtype: Dtype
  readonly settings: Settings
  /** Of the base and its adapters. Units: bytes. */
  readonly needed: number
  readonly again: (weights: Weights) => Promise<Runner<P>>
}

/**
 * Mixes that hold a whole model have to be merged; those of low rank are in float32 alone, where merging does not show:
 * in few bits the merged weights would be rounded otherwise than the base.
 */
export const mergingOf = <P extends Past>(parts: MergingParts<P>): Merging<P> => {
  const { adapters, again, checkpoint, dtype, needed, settings } = parts
  // no file lays them out
  const one = neededMemory({ parameters: checkpoint.parameters, types: ["merged"] }, dtype)
  return {
    required: (mix) => mix?.some((coefficient, i) => coefficient !== 0 && adapters.all()[i]!.kind === "full") ?? false,
    after: dtype === "fp32" ? adapters.mergeAfter : Number.POSITIVE_INFINITY,
    most: adapters.mergedWeights,
    fits: (others) =>
      settings.memoryBytes === undefined
        ? one <= availableMemory()
        : needed + (others + 1) * one <= settings.memoryBytes,
    open: (mix) => again(weightsOf(merged(checkpoint, adapters.all(), mix), { dtype }))
  }
}
