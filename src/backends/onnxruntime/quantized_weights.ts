import type { Dtype } from "../../onnx/dtype.ts"
import { type Weights, weightsOf } from "../../onnx/weights.ts"
import type { MappedCheckpoint } from "./folder.ts"
import { quantizedFile, readQuantized, writeQuantized } from "./quantized_file.ts"

/** Where weights come from, and where they are kept. */
export interface QuantizedPlace {
  /** Of the checkpoint. */
  readonly folder: string
  readonly dtype: Dtype
  /** Folder for files of quantized weights. Without one, none is kept. */
  readonly cache: string | undefined
}

/** Weights, and the files that are mapped for them beside those of the checkpoint. */
export interface QuantizedWeights {
  readonly weights: Weights
  readonly mapped: ReadonlyArray<Uint8Array>
}

/**
 * The weights of a checkpoint with the numbers asked for. Where a cache is named they come out of its file for this
 * checkpoint; one that is not there, or not whole, is made first: `use` asks for all matrices once, what was quantized
 * for it is written, and read again, so that it lies in the file and not in memory.
 *
 * Errors: throws `CheckpointError`, and `LoadFailure` where the file cannot be written.
 */
export const quantizedWeights = (
  checkpoint: MappedCheckpoint,
  { cache, dtype, folder }: QuantizedPlace,
  use: (weights: Weights) => void
): QuantizedWeights => {
  if (cache === undefined || dtype === "fp32") return { weights: weightsOf(checkpoint, { dtype }), mapped: [] }
  const file = quantizedFile(cache, { folder, dtype })
  const { mapped, ready } = readQuantized(file)
  const weights = weightsOf(checkpoint, { dtype, ready })
  use(weights)
  const quantized = weights.quantized()
  if (quantized.every((side) => ready.get(side.name) === side)) return { weights, mapped }
  writeQuantized(file, quantized)
  const written = readQuantized(file)
  return { weights: weightsOf(checkpoint, { dtype, ready: written.ready }), mapped: written.mapped }
}
