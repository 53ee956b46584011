/** The number types of the table. */
export type Dtype = "fp32" | "int8" | "int4"

/**
 * Continues a prompt greedily by `count` tokens, whatever they are (no token ends the text), and gives each to `token`
 * as soon as it is known.
 */
export type Decode = (prompt: ReadonlyArray<number>, count: number, token: (id: number) => void) => Promise<void>

/** Loads a model from its folder; the files of every contender are there. */
export type Load = (folder: string, dtype: Dtype, threads: number) => Promise<Decode>

/** A line to a contender. */
export interface Go {
  readonly prompt: ReadonlyArray<number>
  readonly count: number
}

/**
 * The line that answers; before it, once, a contender says it is ready with an empty line.
 * Units: milliseconds, from the line that asked to the first token, and from there to the last.
 */
export interface Gone {
  readonly tokens: ReadonlyArray<number>
  readonly first: number
  readonly rest: number
}
