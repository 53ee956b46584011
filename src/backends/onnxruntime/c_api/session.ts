import { ptr } from "bun:ffi"
import type { Side } from "../../../onnx/graph.ts"
import type { Settings } from "../settings.ts"
import type { Handle } from "./handle.ts"
import { cString, type Library } from "./library.ts"
import { type Value, value } from "./value.ts"

/** A model ready to run. */
export interface Session extends Disposable {
  /** Runs the model once, on this thread and its helpers: `pointers` of the inputs' and outputs' values, in their order. */
  readonly run: (inputs: BigUint64Array, outputs: BigUint64Array) => void
}

/** Weights that sessions of one model share: each is laid out for the processor once. */
export interface SharedWeights extends Disposable {
  readonly container: number
  readonly of: (side: Side) => Value
}

/** Nothing yet: sessions add what they need. */
export const shareWeights = (library: Library): SharedWeights => {
  const owned = new DisposableStack()
  const container = owned.use(library.create("CreatePrepackedWeightsContainer", "ReleasePrepackedWeightsContainer"))
  const values = new Map<Uint8Array, Value>()
  return {
    get container() {
      return container.pointer
    },
    of: ({ data, shape, type }) => {
      const made = values.get(data) ?? owned.use(value(library, type, shape, data))
      values.set(data, made)
      return made
    },
    [Symbol.dispose]: () => owned.dispose()
  }
}

/** Names as an array of C strings. */
const namesOf = (names: ReadonlyArray<string>) => {
  const strings = names.map(cString)
  return { strings, pointers: BigUint64Array.from(strings, (string) => BigInt(ptr(string))) }
}

const pointersOf = (all: ReadonlyArray<Uint8Array>) => BigUint64Array.from(all, (one) => BigInt(ptr(one)))

/** Opens a model. It must be released before its weights are. */
export const openSession = (
  library: Library,
  model: { readonly bytes: Uint8Array; readonly sides: ReadonlyArray<Side> },
  names: { readonly inputs: ReadonlyArray<string>; readonly outputs: ReadonlyArray<string> },
  weights: SharedWeights,
  settings: Pick<Settings, "spin" | "threads">
): Session => {
  using options = library.create("CreateSessionOptions", "ReleaseSessionOptions")
  const fatal = 4
  library.call("SetSessionLogSeverityLevel", options.pointer, fatal)
  library.call("SetIntraOpNumThreads", options.pointer, settings.threads)
  const set = (key: string, text: string) =>
    library.call("AddSessionConfigEntry", options.pointer, ptr(cString(key)), ptr(cString(text)))
  set("session.intra_op.spin_duration_us", `${settings.spin}`)
  const sideNames = model.sides.map(({ name }) => cString(name))
  const files = {
    names: pointersOf(sideNames),
    data: pointersOf(model.sides.map(({ data }) => data)),
    lengths: BigUint64Array.from(model.sides, ({ data }) => BigInt(data.byteLength))
  }
  library.call(
    "AddExternalInitializersFromFilesInMemory",
    options.pointer,
    ptr(files.names),
    ptr(files.data),
    ptr(files.lengths),
    model.sides.length
  )
  model.sides.forEach((side, i) => {
    library.call("AddInitializer", options.pointer, ptr(sideNames[i]!), weights.of(side).pointer)
  })
  const handle: Handle = library.create(
    "CreateSessionFromArrayWithPrepackedWeightsContainer",
    "ReleaseSession",
    library.environment,
    ptr(model.bytes),
    model.bytes.byteLength,
    options.pointer,
    weights.container
  )
  const [inputs, outputs] = [namesOf(names.inputs), namesOf(names.outputs)]
  const kept = { inputs, outputs, sideNames }
  return {
    run: (given, results) => {
      const { length } = kept.inputs.strings
      if (given.length !== length || results.length !== kept.outputs.strings.length) {
        throw new Error(`Cannot run with ${given.length} inputs and ${results.length} outputs`)
      }
      library.call(
        "Run",
        handle.pointer,
        null,
        ptr(inputs.pointers),
        ptr(given),
        length,
        ptr(outputs.pointers),
        results.length,
        ptr(results)
      )
    },
    [Symbol.dispose]: () => handle[Symbol.dispose]()
  }
}
