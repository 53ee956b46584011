import type { Order, Start } from "../protocol.ts"
import { serve } from "../serve.ts"
import { loadClassifier } from "./load_classifier.ts"

// The thread of one classifier.
const receive = serve((answer, transfer) => postMessage(answer, [...transfer]), loadClassifier)
addEventListener("message", ({ data }: MessageEvent<Start | Order>) => receive(data))
