import type { SidePaths } from "../../onnx/adapters/side_paths.ts"
import type { GiveBack } from "./c_api/give_back.ts"
import type { Interruption } from "./c_api/interruption.ts"
import type { Mix } from "./mix.ts"
import type { Settings } from "./settings.ts"

/** The keys and values of the first tokens of one sequence. */
export interface Past {
  /** How many tokens it covers. */
  readonly length: number
  readonly byteLength: number
  /** Forgets all tokens but the first `length`. */
  readonly truncate: (length: number) => void
  /** A past of its own that covers the first `length` tokens. */
  readonly copy: (length: number) => Past
  /** Gives its memory back; it is not used afterwards. */
  readonly release: () => void
}

/** New tokens of one sequence for one run. */
export interface Block<P extends Past> {
  /** Of the tokens before; the run appends to it. */
  readonly past: P
  readonly tokens: Int32Array
  /** For how many of the last tokens a row is asked. */
  readonly rows: number
  /** Adapters that these tokens are scored with, as all those of the past were. */
  readonly mix?: Mix
}

/** What runs a decoder: the engine's only view of a runtime and of a form of graph. */
export interface Runner<P extends Past = Past> {
  readonly contextLength: number
  readonly vocabularySize: number
  /** Most sequences in one run. */
  readonly slots: number
  /** Most new tokens of one sequence in one run. */
  readonly blockLength: number
  /** Where `interrupt` stops a run from another thread, which then fails. Without it a run goes on to its end. */
  readonly interruption?: number | undefined
  /** A mix that shares no run with another one. Default: every mix does. */
  readonly needsOwnRun?: ((mix: Mix) => boolean) | undefined
  readonly emptyPast: () => P
  /** The rows of each block. Where it fails, no past has changed. */
  readonly run: (blocks: ReadonlyArray<Block<P>>) => Promise<ReadonlyArray<ReadonlyArray<Float32Array>>>
  readonly release: () => Promise<void>
}

/** How a runner is made. */
export interface RunnerOptions {
  readonly settings: Settings
  readonly giveBack: GiveBack
  /** What blocks can mix. Default: none. */
  readonly adapters?: SidePaths | undefined
  /** Stops runs half-way. Default: one of its own. */
  readonly interruption?: Interruption | undefined
}

/** `count` rows of `[count * size]` numbers, from row `first` on, as views. */
export const rowsOf = (data: Float32Array, size: number, first: number, count: number): Array<Float32Array> =>
  Array.from({ length: count }, (_, i) => data.subarray((first + i) * size, (first + i + 1) * size))
