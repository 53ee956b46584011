import { ptr } from "bun:ffi"
import type { Model } from "../../../onnx/packed.ts"
import type { Settings } from "../settings.ts"
import type { Handle } from "./handle.ts"
import type { Interruption } from "./interruption.ts"
import { cString, type Library } from "./library.ts"
import type { SharedWeights } from "./shared_weights.ts"

/** A model ready to run, by the addresses of its tensors. */
export interface Session extends Disposable {
  /**
   * Runs the model once, on this thread and its helpers. `inputs` and `outputs` are the addresses of the tensors, in the
   * order of the names. Errors: throws what the runtime says, also where the run was interrupted.
   */
  readonly run: (inputs: BigUint64Array, outputs: BigUint64Array) => void
}

/** What a session is opened with. */
export interface SessionOptions {
  /** Names of inputs and outputs in the order in which a run gives their tensors. */
  readonly inputs: ReadonlyArray<string>
  readonly outputs: ReadonlyArray<string>
  readonly weights: SharedWeights
  readonly interruption: Interruption
  readonly settings: Pick<Settings, "spin" | "threads">
}

/** Opens a model. It is released before the weights that it shares. */
export const openSession = (
  library: Library,
  { bytes, sides }: Model,
  { inputs, interruption, outputs, settings, weights }: SessionOptions
): Session => {
  using options = library.create("CreateSessionOptions", "ReleaseSessionOptions")
  const fatal = 4
  library.call("SetSessionLogSeverityLevel", options.pointer, fatal)
  library.call("SetIntraOpNumThreads", options.pointer, settings.threads)
  const spin = [cString("session.intra_op.spin_duration_us"), cString(`${settings.spin}`)] as const
  library.call("AddSessionConfigEntry", options.pointer, ptr(spin[0]), ptr(spin[1]))

  const names = sides.map(({ name }) => cString(name))
  if (sides.length > 0) {
    // the graph's optimizers look a weight up in its file, the kernels take the shared tensor
    const [files, data] = [addressesOf(names), addressesOf(sides.map((side) => side.data))]
    const lengths = BigUint64Array.from(sides, (side) => BigInt(side.data.byteLength))
    const place = [ptr(files), ptr(data), ptr(lengths), sides.length] as const
    library.call("AddExternalInitializersFromFilesInMemory", options.pointer, ...place)
  }
  sides.forEach((side, i) => {
    library.call("AddInitializer", options.pointer, ptr(names[i]!), weights.tensor(side).pointer)
  })
  const handle: Handle = library.create(
    "CreateSessionFromArrayWithPrepackedWeightsContainer",
    "ReleaseSession",
    library.environment,
    ptr(bytes),
    bytes.byteLength,
    options.pointer,
    weights.container
  )
  const kept = { inputs: inputs.map(cString), outputs: outputs.map(cString) }
  const [given, made] = [addressesOf(kept.inputs), addressesOf(kept.outputs)]
  const [givenNames, madeNames] = [ptr(given), ptr(made)]
  return {
    run: (values, results) => {
      if (values.length !== kept.inputs.length || results.length !== kept.outputs.length) {
        throw new Error(`Cannot run with ${values.length} inputs and ${results.length} outputs`)
      }
      interruption.reset()
      const [from, to] = [ptr(values), ptr(results)]
      const { pointer } = interruption
      library.run(handle.pointer, pointer, givenNames, from, given.length, madeNames, made.length, to)
    },
    [Symbol.dispose]: () => handle[Symbol.dispose]()
  }
}

/** Addresses in memory that stays where it is. */
const addressesOf = (all: ReadonlyArray<Uint8Array>): BigUint64Array => {
  const addresses = new BigUint64Array(new ArrayBuffer(8 * all.length))
  all.forEach((one, i) => {
    addresses[i] = BigInt(one.byteLength === 0 ? 0 : ptr(one))
  })
  return addresses
}
