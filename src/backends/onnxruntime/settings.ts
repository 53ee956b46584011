import { availableParallelism } from "node:os"

/** How a model is run. None of it changes the rows by more than the rounding of the runtime. */
export interface Settings {
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
  /** Room for the keys and values of contexts scored before. Units: bytes. Default: 256 MiB. 0 keeps nothing. */
  readonly cacheBytes: number
  /**
   * The numbers of sequences that one run is prepared for; larger batches take several runs. Each number that is used
   * holds the weights once more. Default: 1, 2, 3, 4, 6, 8 for small models, 1 and 4 from 64 MiB of weights as float32,
   * 4 alone from 1 GiB. Checkpoints only: an exported graph takes one sequence a run.
   */
  readonly slots: ReadonlyArray<number> | undefined
  /** Most new tokens of one sequence in one run; bounds the memory of a long prompt. Default: 512. */
  readonly blockLength: number
  /** Most new tokens of all sequences in one run. Default: 2048, and 48 on the thread that asks. */
  readonly runLength: number | undefined
}

/** The given settings, and the defaults for those left out. */
export const settingsOf = (given: Partial<Settings>): Settings => ({
  engine: given.engine ?? "auto",
  thread: given.thread ?? "auto",
  threads: given.threads ?? Math.min(4, availableParallelism()),
  spin: given.spin ?? 100,
  cacheBytes: given.cacheBytes ?? 2 ** 28,
  slots: given.slots,
  blockLength: given.blockLength ?? 512,
  runLength: given.runLength
})
