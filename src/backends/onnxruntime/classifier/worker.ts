import { memoryOf, type Order, type Start } from "../protocol.ts"
import { serve } from "../serve.ts"
import { loadClassifier } from "./load_classifier.ts"

// The thread of one classifier.
const receive = serve((answer) => postMessage(answer, memoryOf(answer)), loadClassifier)
addEventListener("message", ({ data }: MessageEvent<Start | Order>) => receive(data))
