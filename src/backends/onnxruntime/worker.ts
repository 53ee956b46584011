import { memoryOf, type Order, type Start } from "./protocol.ts"
import { serve } from "./serve.ts"

// The thread of one model.
const receive = serve((answer) => postMessage(answer, memoryOf(answer)))
addEventListener("message", ({ data }: MessageEvent<Start | Order>) => receive(data))
