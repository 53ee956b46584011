import type { Adapter } from "../../onnx/adapters/adapter.ts"
import type { Checkpoint } from "../../onnx/checkpoint.ts"
import type { Dtype } from "../../onnx/dtype.ts"
import { LoadFailure } from "./load_failure.ts"

/** At most: a block of 32 numbers has a float32 scale, and in 4 bits half a byte of zero; of 4 bits, the head has 8. */
const bytesPerParameter: Readonly<Record<Dtype, number>> = { fp32: 4, int8: 1.125, int4: 0.66 }

/**
 * Memory that the weights of a checkpoint take, as is known beforehand: laid out for the processor, and once more where
 * they are not laid out from the file itself. Units: bytes.
 */
export const neededMemory = ({ parameters, types }: Pick<Checkpoint, "parameters" | "types">, dtype: Dtype): number => {
  const fromFile = dtype === "fp32" && types.every((type) => type === "F32")
  return parameters * bytesPerParameter[dtype] * (fromFile ? 1 : 2)
}

/** Memory that adapters of low rank take: read, and laid out. Those that are whole models lie in their files. Units: bytes. */
export const adapterMemory = (adapters: ReadonlyArray<Adapter>): number =>
  adapters
    .flatMap((adapter) => (adapter.kind === "low-rank" ? [...adapter.updates.values()] : []))
    .reduce((sum, { down, up }) => sum + 3 * (down.byteLength + up.byteLength), 0)

/** Memory that this process may still take, by what the system says. Units: bytes. */
export const availableMemory = (): number =>
  Math.min(process.availableMemory(), process.constrainedMemory() || Number.POSITIVE_INFINITY)

/**
 * Refuses weights that do not fit before they are loaded, so that the system ends neither this process nor another.
 *
 * Errors: throws `LoadFailure`.
 */
export const refuseWhatDoesNotFit = (path: string, needed: number, available: number): void => {
  if (needed <= available) return
  throw new LoadFailure(
    `Cannot load ${path} into memory: its weights take ${inWords(needed)}, and ${inWords(available)} are free; as int8 or int4 they take less`
  )
}

const inWords = (bytes: number): string =>
  bytes < 2 ** 30 ? `${Math.ceil(bytes / 2 ** 20)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`
