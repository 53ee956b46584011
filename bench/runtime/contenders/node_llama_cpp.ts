import { join } from "node:path"
import type { Load } from "../protocol.ts"

/** Named so that types are checked without it: only `bun run bench` installs it. */
const competitor: string = "node-llama-cpp"
const files = { fp32: "F32.gguf", int8: "Q8_0.gguf", int4: "Q4_0.gguf" } as const

/** node-llama-cpp on the processor: tokens in, greedy tokens out. */
export const load: Load = async (folder, dtype) => {
  const { getLlama } = await import(competitor)
  const llama = await getLlama({ gpu: false, build: "never", skipDownload: true, maxThreads: 2, progressLogs: false })
  const model = await llama.loadModel({ modelPath: join(folder, files[dtype]), gpuLayers: 0, useMmap: process.env.MMAP !== "0" })
  const context = await model.createContext({
    contextSize: 512,
    batchSize: 64,
    threads: 2,
    flashAttention: process.env.FLASH === "1"
  })
  const sequence = context.getSequence()
  return async (prompt, count, token) => {
    await sequence.clearHistory()
    let left = count
    for await (const id of sequence.evaluate(prompt, { temperature: 0, yieldEogToken: true })) {
      token(id)
      if (--left === 0) return
    }
  }
}
