import { type Loaded, load } from "./load.ts"
import { reasonOf } from "./load_failure.ts"
import { type Answer, everything, type Order, type Start, unpackJobs } from "./protocol.ts"

// The thread that owns the sessions and the pasts of one model. It answers each message, in order, and never throws.

const answer = (message: Answer, transfer: ReadonlyArray<ArrayBuffer> = []) => postMessage(message, [...transfer])

let loaded: Loaded | undefined
let stop: Int32Array

const respond = async (message: Start | Order): Promise<void> => {
  if (message === "close") {
    await loaded?.release()
    return answer({ kind: "closed" })
  }
  if (!(message instanceof Int32Array)) {
    stop = message.stop
    loaded = await load(message.source, message.settings)
    return answer({ kind: "loaded", description: loaded.description })
  }
  const { call, jobs } = unpackJobs(message)
  const stopped = () => {
    const given = Atomics.load(stop, 0)
    return given === call || given === everything
  }
  const rows = (await loaded!.score(jobs, stopped)) as ReadonlyArray<ReadonlyArray<Float32Array<ArrayBuffer>>>
  // the rows are views of what the runtime gave: its memory goes to the other thread as it is
  answer({ kind: "rows", rows }, [...new Set(rows.flatMap((own) => own.map((row) => row.buffer)))])
}

let last: Promise<void> = Promise.resolve()
addEventListener("message", ({ data }: MessageEvent<Start | Order>) => {
  last = last.then(() => respond(data)).catch((thrown) => answer({ kind: "failed", message: reasonOf(thrown) }))
})
