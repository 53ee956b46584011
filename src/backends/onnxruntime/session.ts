import * as ort from "onnxruntime-node"
import type { Settings } from "./settings.ts"

/** A file beside a graph, for the weights that the graph points to. */
export interface SideFile {
  readonly path: string
  readonly data: Uint8Array
}

/** Opens a graph, given as bytes or as the path of a file. */
export const openSession = (
  model: Uint8Array | string,
  settings: Settings,
  sideFiles: ReadonlyArray<SideFile> = []
): Promise<ort.InferenceSession> => {
  const options: ort.InferenceSession.SessionOptions = {
    intraOpNumThreads: settings.threads,
    logSeverityLevel: 4,
    extra: { session: { intra_op: { spin_duration_us: `${settings.spin}` } } },
    ...(sideFiles.length === 0 ? {} : { externalData: sideFiles })
  }
  return typeof model === "string"
    ? ort.InferenceSession.create(model, options)
    : ort.InferenceSession.create(model, options)
}
