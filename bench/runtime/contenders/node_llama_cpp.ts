import { join } from "node:path"
import { files } from "../prepare.ts"
import type { Load } from "../protocol.ts"

/** Named so that types are checked without it: only `bun run bench` installs it. */
const competitor: string = "node-llama-cpp"

/**
 * node-llama-cpp on the processor: tokens in, greedy tokens out. Flash attention is off, which is faster here and gives
 * the tokens of Hugging Face. Its threads wait for each other spinning: where the machine is not idle, one can be faster.
 */
export const load: Load = async (folder, dtype, threads) => {
  const { getLlama } = await import(competitor)
  const llama = await getLlama({ gpu: false, build: "never", skipDownload: true, maxThreads: 2, progressLogs: false })
  const model = await llama.loadModel({ modelPath: join(folder, files.gguf[dtype]), gpuLayers: 0 })
  const context = await model.createContext({
    contextSize: 512,
    batchSize: 64,
    threads,
    flashAttention: false
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
