import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { interrupt } from "./c_api/interruption.ts"
import type { Description, Source } from "./load.ts"
import type { Mix } from "./mix.ts"
import { type Answer, everything, type Order, packJobs, type Start } from "./protocol.ts"
import type { Settings } from "./settings.ts"
import { sameThread, shortRun, type Thread, threadOf } from "./thread.ts"
import { usableLibrary } from "./usable_library.ts"

type Rows = ReadonlyArray<ReadonlyArray<Float32Array>>

/** A request as the engine takes it. */
export interface EngineRequest {
  readonly context: ReadonlyArray<number>
  readonly from: number
  readonly mix?: Mix
}

/** A model, ready to score. Errors are messages for the user. */
export interface Engine {
  readonly description: Description
  /** Calls made while another one runs go together in the next. Interrupting the last caller of a run stops it. */
  readonly score: (requests: ReadonlyArray<EngineRequest>) => Effect.Effect<Rows, string>
}

interface Caller {
  readonly requests: ReadonlyArray<EngineRequest>
  readonly resume: (result: Effect.Effect<Rows, string>) => void
}

/** The threads that an engine may run on: any will do that answer as `protocol.ts` says. */
export interface Threads {
  readonly main: () => Thread
  readonly worker: () => Thread
}

const ofLanguageModels: Threads = {
  main: sameThread,
  worker: () => new Worker(new URL("./worker.ts", import.meta.url))
}

/** Loads a model in a worker of its own, or where it is small on the thread that asks; it is released with the scope. */
export const startEngine = (
  source: Source,
  given: Settings,
  threads = ofLanguageModels
): Effect.Effect<Engine, string, Scope.Scope> =>
  Effect.gen(function* () {
    const where = threadOf(source, given)
    const settings = where === "main" ? { ...given, runLength: given.runLength ?? shortRun } : given
    const thread = threads[where]
    const started = Deferred.makeUnsafe<Description, string>()
    const client = yield* Effect.acquireRelease(
      Effect.sync(() => connect(thread(), { source, settings }, (result) => Deferred.doneUnsafe(started, result))),
      (connected) => connected.close
    )
    const description = yield* Deferred.await(started)
    return { description, score: client.score }
  })

const connect = (
  worker: Thread,
  what: Omit<Start, "stop">,
  onStart: (result: Effect.Effect<Description, string>) => void
): { readonly score: Engine["score"]; readonly close: Effect.Effect<void> } => {
  const stop = new Int32Array(new SharedArrayBuffer(4))
  const waiting = new Set<Caller>()
  let running = new Set<Caller>()
  let order: ReadonlyArray<Caller> | undefined
  let call = 0
  let dead: string | undefined
  let interruption: number | undefined
  let onClosed = () => {}

  /** Stops between two runs, and in the middle of one where the way to the runtime can. */
  const giveUp = (what: number) => {
    Atomics.store(stop, 0, what)
    const library = interruption === undefined || order === undefined ? "" : usableLibrary()
    // an order is out: the other thread is there, and has not released what is pointed to
    if (typeof library !== "string") interrupt(library, interruption!)
  }
  const post = (message: Start | Order) =>
    message instanceof Int32Array ? worker.postMessage(message, [message.buffer]) : worker.postMessage(message)

  const runNext = () => {
    if (order !== undefined || waiting.size === 0) return worker.unref()
    order = [...waiting]
    running = new Set(order)
    waiting.clear()
    worker.ref()
    post(
      packJobs(
        ++call,
        order.flatMap(({ requests }) => requests)
      )
    )
  }
  const finish = (result: (caller: Caller, first: number) => Effect.Effect<Rows, string>) => {
    let first = 0
    for (const caller of order ?? []) {
      caller.resume(result(caller, first))
      first += caller.requests.length
    }
    order = undefined
  }
  const die = (reason: string) => {
    if (dead !== undefined) return
    dead = reason
    onStart(Effect.fail(reason))
    finish(() => Effect.fail(reason))
    for (const caller of waiting) caller.resume(Effect.fail(reason))
    waiting.clear()
    worker.terminate()
    onClosed()
  }

  worker.addEventListener("error", (event) => die(event.message.split("\n", 1)[0]!))
  worker.addEventListener("close", () => die("the worker has ended"))
  worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => {
    if (data.kind === "closed") return die("the model was released")
    if (data.kind === "loaded") {
      interruption = data.description.interruption
      onStart(Effect.succeed(data.description))
    } else if (order === undefined) onStart(Effect.fail((data as { readonly message: string }).message))
    else if (data.kind === "failed") finish(() => Effect.fail(data.message))
    else finish((caller, first) => Effect.succeed(data.rows.slice(first, first + caller.requests.length)))
    runNext()
  })
  post({ ...what, stop })

  return {
    score: (requests) =>
      Effect.callback((resume) => {
        if (dead !== undefined) return resume(Effect.fail(dead))
        const caller = { requests, resume }
        waiting.add(caller)
        if (order === undefined) runNext()
        return Effect.sync(() => {
          waiting.delete(caller)
          if (running.delete(caller) && running.size === 0 && order !== undefined) giveUp(call)
        })
      }),
    close: Effect.callback((resume) => {
      if (dead !== undefined) return resume(Effect.void)
      onClosed = () => resume(Effect.void)
      giveUp(everything)
      worker.ref()
      post("close")
    })
  }
}
