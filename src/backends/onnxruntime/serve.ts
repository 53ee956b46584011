import { type Loaded, load, type Source } from "./load.ts"
import { reasonOf } from "./load_failure.ts"
import { type Answer, everything, type Order, type Start, unpackJobs } from "./protocol.ts"
import type { Settings } from "./settings.ts"

/** Takes an answer. */
export type Reply = (answer: Answer) => void

/** Loads what is to be served. */
export type Load = (source: Source, settings: Settings) => Promise<Loaded>

/** Owns the sessions and the pasts of one model. It answers each message, in order, and never throws. */
export const serve = (reply: Reply, loadModel: Load = load): ((message: Start | Order) => void) => {
  let loaded: Loaded | undefined
  let stop: Int32Array

  const respond = async (message: Start | Order): Promise<void> => {
    if (message === "close") {
      await loaded?.release()
      return reply({ kind: "closed" })
    }
    if (!(message instanceof Int32Array)) {
      stop = message.stop
      loaded = await loadModel(message.source, message.settings)
      return reply({ kind: "loaded", description: loaded.description })
    }
    const { call, jobs } = unpackJobs(message)
    const stopped = () => {
      const given = Atomics.load(stop, 0)
      return given === call || given === everything
    }
    const rows = await loaded!.score(jobs, stopped)
    reply({ kind: "rows", rows: rows as ReadonlyArray<ReadonlyArray<Float32Array<ArrayBuffer>>> })
  }

  let last: Promise<void> = Promise.resolve()
  return (message) => {
    last = last.then(() => respond(message)).catch((thrown) => reply({ kind: "failed", message: reasonOf(thrown) }))
  }
}
