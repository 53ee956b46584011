import { availableParallelism } from "node:os"
import type { Dtype } from "../../onnx/dtype.ts"

/** How a model is run. But for `dtype`, none of it changes the rows by more than the rounding of the runtime. */
export interface Settings {
  /**
   * Numbers of the matrices: `fp32`, or `int8` or `int4`, quantized when the model is loaded, which take 0.28 and 0.16
   * of the memory and a third to a half of the time of a token; `measureQuantization` says what they cost. A row
   * does not depend on what else is in its run, but whether a context is scored in one run or in several changes it by
   * more than rounding: what attention rounds otherwise may fall to another of 255 steps. Default: `fp32`, and for an
   * exported graph what it holds, which is all it can give.
   */
  readonly dtype: Dtype | undefined
  /**
   * A folder for files of quantized weights: made at the first load of a checkpoint as `int8` or `int4`, read at all
   * others. Default: none, and they are made at every load.
   */
  readonly quantizedCache: string | undefined
  /**
   * The way to the runtime. `c-api`: its C functions, with keys and values written in place and one copy of the weights;
   * where the library that onnxruntime-node ships can be used, which the tests have seen on Linux. `binding`:
   * onnxruntime-node's own, which works wherever that package does. Default: `auto`, the first that can be used.
   */
  readonly engine: "auto" | "c-api" | "binding"
  /**
   * Where runs happen. Default: `auto`, which takes `main`, the thread that asks, in runs of a few milliseconds, for
   * small models, and a worker for all others.
   */
  readonly thread: "auto" | "main" | "worker"
  /** Threads of one run. Default: the processor's, 4 at most. */
  readonly threads: number
  /**
   * How long a thread spins for more work before it sleeps. Long spinning steals the processor from the other models
   * of a formula. Units: microseconds. Default: 100.
   */
  readonly spin: number
  /** The most that the weights of a model may take; more is refused. Units: bytes. Default: what is free. */
  readonly memoryBytes: number | undefined
  /** Room for the keys and values of contexts scored before. Units: bytes. Default: 256 MiB. 0 keeps nothing. */
  readonly cacheBytes: number
  /**
   * The numbers of sequences that one run is prepared for; larger batches take several runs. Each number takes time when
   * it is first used, and through the binding the weights once more. Default: all up to 8 for small models, 1, 2, 3, 4,
   * 6, 8 up to 268 M parameters, 1 and 4 for larger ones; through the binding fewer. Checkpoints only: an exported graph
   * takes one sequence a run.
   */
  readonly slots: ReadonlyArray<number> | undefined
  /** Most new tokens of one sequence in one run; bounds the memory of a long prompt. Default: 512. */
  readonly blockLength: number
  /** Most new tokens of all sequences in one run. Default: 2048, and 48 on the thread that asks. */
  readonly runLength: number | undefined
}

/** The given settings, and the defaults for those left out. */
export const settingsOf = (given: Partial<Settings>): Settings => ({
  dtype: given.dtype,
  quantizedCache: given.quantizedCache,
  engine: given.engine ?? "auto",
  thread: given.thread ?? "auto",
  threads: given.threads ?? Math.min(4, availableParallelism()),
  spin: given.spin ?? 100,
  memoryBytes: given.memoryBytes,
  cacheBytes: given.cacheBytes ?? 2 ** 28,
  slots: given.slots,
  blockLength: given.blockLength ?? 512,
  runLength: given.runLength
})
