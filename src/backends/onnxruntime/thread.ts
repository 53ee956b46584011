import { readdirSync, readFileSync, statSync } from "node:fs"
import { dirname, join } from "node:path"
import type { Dtype } from "../../onnx/dtype.ts"
import { findGraph, mapCheckpoint } from "./folder.ts"
import type { Source } from "./load.ts"
import type { Answer, Order, Start } from "./protocol.ts"
import { type Load, serve } from "./serve.ts"
import type { Settings } from "./settings.ts"

/** What an engine needs of a thread: a Worker, or what stands for one. */
export type Thread = Pick<Worker, "postMessage" | "addEventListener" | "ref" | "unref" | "terminate">

/** Weights up to this size run on the thread that asks. Units: bytes that float32 weights read in the same time. */
const smallWeights = 2 ** 25

/** Quantized numbers are read at half the speed of float32, byte for byte: 1.13 and 0.64 of them a number. */
const bytesPerParameter: Readonly<Record<Dtype, number>> = { fp32: 4, int8: 2, int4: 1.25 }

/** Most new tokens of one run on the thread that asks, so that the event loop turns every few milliseconds. */
export const shortRun = 48

/**
 * Where a model runs when nothing is said: a small one, whose runs are shorter than the way to another thread and back
 * is worth, on the thread that asks, in short runs; every other one in a worker. A graph without a past cannot be run
 * in parts and goes to a worker.
 */
export const threadOf = (source: Source, { dtype = "fp32", thread }: Settings): "worker" | "main" => {
  if (thread !== "auto") return thread
  try {
    if (source.kind === "checkpoint") {
      return mapCheckpoint(source.folder).parameters * bytesPerParameter[dtype] <= smallWeights ? "main" : "worker"
    }
    const { file } = findGraph(source.path)
    const small = weigh(dirname(file)) <= smallWeights
    return small && readFileSync(file).includes("past_key_values.0.key") ? "main" : "worker"
  } catch {
    return "worker"
  }
}

const weigh = (folder: string): number =>
  readdirSync(folder)
    .map((name) => statSync(join(folder, name)))
    .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0)

/** The thread that asks, in the form of a worker: messages are answered without leaving it. */
export const sameThread = (load?: Load): Thread => {
  let listener = (_: MessageEvent<Answer>) => {}
  const receive = serve((answer) => listener({ data: answer } as MessageEvent<Answer>), load)
  const thread = {
    postMessage: (message: Start | Order) => receive(message),
    addEventListener: (type: string, added: typeof listener) => {
      if (type === "message") listener = added
    },
    ref: () => {},
    unref: () => {},
    terminate: () => {}
  }
  return thread as unknown as Thread
}
