import * as ort from "onnxruntime-node"
import type { Model } from "../../onnx/packed.ts"
import type { Settings } from "./settings.ts"

/** Opens a graph, made here or in a file. */
export const openSession = (model: Model | string, settings: Settings): Promise<ort.InferenceSession> => {
  const options: ort.InferenceSession.SessionOptions = {
    intraOpNumThreads: settings.threads,
    logSeverityLevel: 4,
    extra: { session: { intra_op: { spin_duration_us: `${settings.spin}` } } }
  }
  if (typeof model === "string") return ort.InferenceSession.create(model, options)
  const externalData = model.sides.map(({ data, name }) => ({ path: name, data }))
  return ort.InferenceSession.create(model.bytes, { ...options, externalData })
}
