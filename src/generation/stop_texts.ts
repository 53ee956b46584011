import type { Machine } from "../machine/machine.ts"

/** Text that may be the beginning of a stop text, and whether one has come. */
export interface StopState {
  readonly held: string
  readonly stopped: boolean
}

/** Text that is safe to show, and whether the output ends here. */
export interface StopOutput {
  readonly text: string
  readonly stopped: boolean
}

/**
 * Lets text through until a stop text comes, which is cut, also when it spans several pieces: whatever may be the
 * beginning of one is held until it is known not to be. At the end `state.held` is what was still held.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Generation } from "polylogit"
 *
 * const { init, step } = Generation.stopTexts(["END"])
 * const [state, first] = step(init, "the EN")
 * deepEqual(first, { text: "the ", stopped: false })
 * deepEqual(step(state, "D of it")[1], { text: "", stopped: true })
 * deepEqual(step(state, "GINE")[1], { text: "ENGIN", stopped: false })
 * ```
 */
export const stopTexts = (stops: ReadonlyArray<string>): Machine<StopState, string, StopOutput> => ({
  init: { held: "", stopped: false },
  step: (state, piece) => {
    if (state.stopped) return [state, { text: "", stopped: true }]
    const text = state.held + piece
    const found = stops.map((stop) => text.indexOf(stop)).filter((at) => at >= 0)
    if (found.length > 0)
      return [
        { held: "", stopped: true },
        { text: text.slice(0, Math.min(...found)), stopped: true }
      ]
    const keep = Math.max(0, ...stops.map((stop) => overlap(text, stop)))
    return [
      { held: text.slice(text.length - keep), stopped: false },
      { text: text.slice(0, text.length - keep), stopped: false }
    ]
  }
})

/** Length of the longest end of `text` that is a beginning of `stop`. */
const overlap = (text: string, stop: string): number => {
  for (let n = Math.min(text.length, stop.length - 1); n > 0; n--) if (text.endsWith(stop.slice(0, n))) return n
  return 0
}
