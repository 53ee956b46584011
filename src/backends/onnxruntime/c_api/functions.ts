import { FFIType } from "bun:ffi"

const { i32, ptr, u64, void: nothing } = FFIType

/**
 * The functions of onnxruntime's C API that are used: their places in the table `OrtApi` (onnxruntime_c_api.h, which
 * only ever appends), what they take, and what they give. Those that give a pointer give an `OrtStatus`, null where all
 * is well, unless their name says otherwise.
 */
export const functions = {
  GetErrorMessage: { place: 2, args: [ptr], returns: ptr },
  CreateEnv: { place: 3, args: [i32, ptr, ptr], returns: ptr },
  Run: { place: 9, args: [ptr, ptr, ptr, ptr, u64, ptr, u64, ptr], returns: ptr },
  CreateSessionOptions: { place: 10, args: [ptr], returns: ptr },
  SetSessionLogSeverityLevel: { place: 22, args: [ptr, i32], returns: ptr },
  SetIntraOpNumThreads: { place: 24, args: [ptr, i32], returns: ptr },
  CreateRunOptions: { place: 39, args: [ptr], returns: ptr },
  RunOptionsSetTerminate: { place: 46, args: [ptr], returns: ptr },
  RunOptionsUnsetTerminate: { place: 47, args: [ptr], returns: ptr },
  CreateTensorWithDataAsOrtValue: { place: 49, args: [ptr, ptr, u64, ptr, u64, i32, ptr], returns: ptr },
  CreateCpuMemoryInfo: { place: 69, args: [i32, i32, ptr], returns: ptr },
  ReleaseStatus: { place: 93, args: [ptr], returns: nothing },
  ReleaseSession: { place: 95, args: [ptr], returns: nothing },
  ReleaseValue: { place: 96, args: [ptr], returns: nothing },
  ReleaseRunOptions: { place: 97, args: [ptr], returns: nothing },
  ReleaseSessionOptions: { place: 100, args: [ptr], returns: nothing },
  AddSessionConfigEntry: { place: 130, args: [ptr, ptr, ptr], returns: ptr },
  AddInitializer: { place: 150, args: [ptr, ptr, ptr], returns: ptr },
  CreatePrepackedWeightsContainer: { place: 166, args: [ptr], returns: ptr },
  ReleasePrepackedWeightsContainer: { place: 167, args: [ptr], returns: nothing },
  CreateSessionFromArrayWithPrepackedWeightsContainer: {
    place: 169,
    args: [ptr, ptr, u64, ptr, ptr, ptr],
    returns: ptr
  },
  AddExternalInitializersFromFilesInMemory: { place: 279, args: [ptr, ptr, ptr, ptr, u64], returns: ptr }
} as const

/** The name of a function of the table. */
export type FunctionName = keyof typeof functions
