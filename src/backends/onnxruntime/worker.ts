import type { Answer, Order, Start } from "./protocol.ts"
import { serve } from "./serve.ts"

/** Rows are views of what the runtime gave: its memory goes to the other thread as it is. */
const memoryOf = (answer: Answer): Array<ArrayBuffer> =>
  answer.kind === "rows" ? [...new Set(answer.rows.flatMap((own) => own.map((row) => row.buffer)))] : []

// The thread of one model.
const receive = serve((answer) => postMessage(answer, memoryOf(answer)))
addEventListener("message", ({ data }: MessageEvent<Start | Order>) => receive(data))
