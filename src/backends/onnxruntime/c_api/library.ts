import { CFunction, CString, dlopen, FFIType, linkSymbols, type Pointer, ptr, read } from "bun:ffi"
import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import { type FunctionName, functions } from "./functions.ts"
import { Handle } from "./handle.ts"

/** The only version that the tests have seen. Another one is left to onnxruntime-node's own binding. */
export const testedVersion = "1.30.0"
/** The version of the function table that is asked for: the oldest that has all functions used. */
const tableVersion = 18

type Symbols = {
  readonly [Name in FunctionName]: (...given: ReadonlyArray<number | bigint | Pointer | null>) => unknown
}

/** onnxruntime's C API. Every status is checked: what the runtime refuses is thrown as an `Error` with its words. */
export interface Library {
  readonly version: string
  /** Calls a function that gives a status. */
  readonly call: (name: FunctionName, ...given: ReadonlyArray<number | bigint | Pointer | null>) => void
  /**
   * Runs a session: its address, the interruption's, names and tensors of the inputs and their number; names of the
   * outputs, their number and their tensors. It is `call("Run", …)` for the path that every token takes.
   */
  readonly run: (
    session: number,
    interruption: number,
    inputNames: Pointer,
    inputs: Pointer,
    inputCount: number,
    outputNames: Pointer,
    outputCount: number,
    outputs: Pointer
  ) => void
  /** Calls a function whose last argument is the place of a new object, and owns the object. */
  readonly create: (
    name: FunctionName,
    release: FunctionName,
    ...given: ReadonlyArray<number | bigint | Pointer | null>
  ) => Handle
  /** Memory of the processor, as tensors over JavaScript's memory need it named. */
  readonly memory: number
  readonly environment: number
}

/**
 * The shared library that onnxruntime-node ships for this machine; `undefined` where it ships none, and where the tests
 * have not seen it driven so: off Linux.
 */
export const shippedLibrary = (platform: string = process.platform): string | undefined => {
  if (platform !== "linux") return undefined
  const folder = dirname(Bun.resolveSync("onnxruntime-node/package.json", import.meta.dir))
  const path = join(folder, "bin/napi-v6", platform, process.arch, "libonnxruntime.so.1")
  return existsSync(path) ? path : undefined
}

/** Opens the library, of the version that is `expected`. Errors: throws an `Error` that says why it cannot be used. */
export const openLibrary = (path: string, expected = testedVersion): Library => {
  const { symbols } = dlopen(path, { OrtGetApiBase: { args: [], returns: FFIType.ptr } })
  const base = symbols.OrtGetApiBase() as Pointer
  const at = (table: Pointer, place: number) => read.ptr(table, place * 8) as unknown as Pointer
  const getVersion = CFunction({ ptr: at(base, 1), args: [], returns: FFIType.ptr })
  const version = new CString(getVersion() as unknown as Pointer).toString()
  if (version !== expected) throw new Error(`it is version ${version}, not ${expected}`)
  const getTable = CFunction({ ptr: at(base, 0), args: [FFIType.u32], returns: FFIType.ptr })
  const table = getTable(tableVersion) as unknown as Pointer | null
  if (table === null) throw new Error(`it has no function table of version ${tableVersion}`)
  const linked = Object.entries(functions).map(([name, { args, place, returns }]) => [
    name,
    { ptr: at(table, place), args: [...args], returns }
  ])
  const calls = linkSymbols(Object.fromEntries(linked)).symbols as unknown as Symbols

  const check = (status: unknown) => {
    if (status === null || status === 0) return
    const message = new CString(calls.GetErrorMessage(status as Pointer) as Pointer).toString()
    calls.ReleaseStatus(status as Pointer)
    throw new Error(message)
  }
  const call: Library["call"] = (name, ...given) => check(calls[name](...given))
  const runSession = calls.Run
  const run: Library["run"] = (
    session,
    interruption,
    inputNames,
    inputs,
    inputCount,
    outputNames,
    outputCount,
    outputs
  ) => check(runSession(session, interruption, inputNames, inputs, inputCount, outputNames, outputCount, outputs))
  const place = new BigUint64Array(new ArrayBuffer(8))
  const create: Library["create"] = (name, release, ...given) => {
    place[0] = 0n
    call(name, ...given, ptr(place))
    const pointer = Number(place[0])
    if (pointer === 0) throw new Error(`${name} gave nothing`)
    return new Handle(name, pointer, (owned) => void calls[release](owned))
  }
  // both live as long as the process: the runtime keeps one environment, which all threads share
  const name = cString("polylogit")
  const forever = (made: FunctionName, ...given: ReadonlyArray<number | Pointer>) =>
    create(made, "ReleaseStatus", ...given).pointer
  const errorsOnly = 3
  const environment = forever("CreateEnv", errorsOnly, ptr(name))
  const [arena, cpu] = [1, 0]
  return { version, call, run, create, environment, memory: forever("CreateCpuMemoryInfo", arena, cpu) }
}

/** Text as C reads it. The caller keeps it as long as it is read. */
export const cString = (text: string): Uint8Array<ArrayBuffer> => {
  const bytes = new TextEncoder().encode(text)
  const ended = new Uint8Array(new ArrayBuffer(bytes.length + 1))
  ended.set(bytes)
  return ended
}
