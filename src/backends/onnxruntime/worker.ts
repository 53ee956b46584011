import type { Order, Start } from "./protocol.ts"
import { serve } from "./serve.ts"

// The thread of one model.
const receive = serve((answer, transfer) => postMessage(answer, [...transfer]))
addEventListener("message", ({ data }: MessageEvent<Start | Order>) => receive(data))
