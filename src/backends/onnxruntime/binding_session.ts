import * as ort from "onnxruntime-node"
import type { Open } from "./graph_session.ts"
import type { Settings } from "./settings.ts"

const optionsOf = (settings: Pick<Settings, "spin" | "threads">): ort.InferenceSession.SessionOptions => ({
  intraOpNumThreads: settings.threads,
  logSeverityLevel: 4,
  extra: { session: { intra_op: { spin_duration_us: `${settings.spin}` } } }
})

/** Opens the graph of a file by onnxruntime-node's own binding. */
export const openFile = (path: string, settings: Settings): Promise<ort.InferenceSession> =>
  ort.InferenceSession.create(path, optionsOf(settings))

/** Opens graphs made here by onnxruntime-node's own binding, which runs wherever the package does. */
export const openByBinding =
  (settings: Settings): Open =>
  async ({ bytes, sides }) => {
    const externalData = sides.map(({ data, name }) => ({ path: name, data }))
    const session = await ort.InferenceSession.create(bytes, { ...optionsOf(settings), externalData })
    return {
      run: async (inputs, outputs) => {
        const feeds = Object.entries(inputs).map(
          ([name, { data, shape, type }]) =>
            [name, new ort.Tensor(type as "float32", data as Float32Array, shape)] as const
        )
        const results = await session.run(Object.fromEntries(feeds), Object.keys(outputs))
        return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, data as Float32Array]))
      },
      release: () => session.release()
    }
  }
