import { basename, dirname } from "node:path"
import type { Load } from "../protocol.ts"

/** Named so that types are checked without it: only `bun run bench` installs it. */
const competitor: string = "@huggingface/transformers"
const dtypes = { fp32: "fp32", int8: "q8", int4: "q4" } as const

/** transformers.js: `generate` on the exported graph. */
export const load: Load = async (folder, dtype, threads) => {
  const { AutoModelForCausalLM, Tensor, env } = await import(competitor)
  env.allowRemoteModels = false
  env.localModelPath = dirname(folder)
  const model = await AutoModelForCausalLM.from_pretrained(basename(folder), {
    dtype: dtypes[dtype],
    device: "cpu",
    session_options: { intraOpNumThreads: threads }
  })
  return async (prompt, count, token) => {
    const ids = (values: ReadonlyArray<number>) =>
      new Tensor("int64", BigInt64Array.from(values.map(BigInt)), [1, values.length])
    let isPrompt = true
    const streamer = {
      put: ([ids]: [Array<bigint>]) => {
        if (!isPrompt) for (const id of ids) token(Number(id))
        isPrompt = false
      },
      end: () => {}
    }
    await model.generate({
      inputs: ids(prompt),
      attention_mask: ids(prompt.map(() => 1)),
      max_new_tokens: count,
      do_sample: false,
      eos_token_id: null,
      streamer
    })
  }
}
