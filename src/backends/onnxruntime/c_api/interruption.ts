import type { Library } from "./library.ts"

/** What stops the runs of a model half-way, from any thread of the process. */
export interface Interruption extends Disposable {
  /** Where the runtime looks, between two nodes, whether it has to stop. */
  readonly pointer: number
  /** Forgets an interruption that came too late for the run that it was meant for. */
  readonly reset: () => void
}

/** An interruption that nobody has asked for yet. */
export const interruption = (library: Library): Interruption => {
  const handle = library.create("CreateRunOptions", "ReleaseRunOptions")
  return {
    get pointer() {
      return handle.pointer
    },
    reset: () => library.call("RunOptionsUnsetTerminate", handle.pointer),
    [Symbol.dispose]: () => handle[Symbol.dispose]()
  }
}

/** Stops the run under way, which then fails. `pointer` is that of an interruption that another thread holds. */
export const interrupt = (library: Library, pointer: number): void => library.call("RunOptionsSetTerminate", pointer)
