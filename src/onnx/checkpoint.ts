import { CheckpointError } from "./checkpoint_error.ts"
import { readSafetensors, type StoredTensor } from "./safetensors.ts"

/** The weights of a model: tensors by name, in one file or several. */
export interface Checkpoint {
  readonly names: ReadonlyArray<string>
  readonly has: (name: string) => boolean
  /** Where a tensor lies, and its shape; nothing where there is none. */
  readonly stored: (name: string) => StoredTensor | undefined
  /** Element types that occur, as safetensors names them. */
  readonly types: ReadonlyArray<string>
  /** How many numbers all tensors hold. */
  readonly parameters: number
  /** Throws `CheckpointError` where the tensor is missing or has another shape. */
  readonly tensor: (name: string, shape: ReadonlyArray<number>) => CheckpointTensor
}

/** A tensor as it lies in a file. */
export interface CheckpointTensor extends StoredTensor {
  /** A view of the file, which may be mapped. */
  readonly bytes: Uint8Array
}

/**
 * Makes a checkpoint from safetensors files. `index`, from `model.safetensors.index.json`, says which file holds
 * which tensor; the files must agree with it.
 *
 * Errors: throws `CheckpointError`.
 */
export const fromFiles = (
  files: ReadonlyMap<string, Uint8Array>,
  index?: ReadonlyMap<string, string> | undefined
): Checkpoint => {
  const tensors = new Map<string, StoredTensor>()
  for (const [file, bytes] of files) {
    for (const [name, tensor] of readSafetensors(file, bytes)) {
      const other = tensors.get(name)
      if (other !== undefined) {
        throw new CheckpointError(`Cannot join ${file} and ${other.file} as one checkpoint: both hold ${name}`)
      }
      tensors.set(name, tensor)
    }
  }
  for (const [name, file] of index ?? []) {
    if (tensors.get(name)?.file !== file) {
      throw new CheckpointError(`Cannot find ${name} in ${file} as the index says: the file does not hold it`)
    }
  }
  return {
    names: [...tensors.keys()],
    has: (name) => tensors.has(name),
    stored: (name) => tensors.get(name),
    types: [...new Set([...tensors.values()].map(({ type }) => type))],
    parameters: [...tensors.values()].reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0),
    tensor: (name, shape) => {
      const tensor = tensors.get(name)
      if (tensor === undefined) {
        throw new CheckpointError(`Cannot find ${name} in the checkpoint: it holds ${tensors.size} other tensors`)
      }
      if (tensor.shape.length !== shape.length || tensor.shape.some((size, i) => size !== shape[i])) {
        throw new CheckpointError(
          `Cannot use ${name} with the shape [${shape}] that config.json asks for: it has [${tensor.shape}]`
        )
      }
      const { byteLength, file, offset } = tensor
      return { ...tensor, bytes: files.get(file)!.subarray(offset, offset + byteLength) }
    }
  }
}

/**
 * Reads `model.safetensors.index.json`: the file that holds each tensor. Names of files must be plain: a path that
 * leads anywhere else is refused.
 *
 * Errors: throws `CheckpointError`.
 */
export const parseIndex = (name: string, text: string): ReadonlyMap<string, string> => {
  const refuse = (what: string): never => {
    throw new CheckpointError(`Cannot read ${name} as an index of shards: ${what}`)
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return refuse("it is not JSON")
  }
  const map = (json as { weight_map?: unknown } | null)?.weight_map
  if (typeof map !== "object" || map === null || Array.isArray(map)) return refuse("it has no weight_map")
  const entries = Object.entries(map)
  if (entries.length === 0) refuse("its weight_map is empty")
  for (const [tensor, file] of entries) {
    if (typeof file !== "string" || !/^[^/\\:\0]+\.safetensors$/.test(file)) {
      refuse(`${tensor} lies in ${JSON.stringify(file)}, which is not a safetensors file of the same folder`)
    }
  }
  return new Map(entries)
}
