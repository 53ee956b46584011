import { giveBack } from "../src/backends/onnxruntime/c_api/give_back.ts"
import { checkpointRunner } from "../src/backends/onnxruntime/checkpoint_runner.ts"
import { mapCheckpoint, readConfig } from "../src/backends/onnxruntime/folder.ts"
import { type Settings, settingsOf } from "../src/backends/onnxruntime/settings.ts"
import { argmax } from "../src/logits/selection.ts"
import { decoderOf } from "../src/onnx/families.ts"
import { weightsOf } from "../src/onnx/weights.ts"

/** Decodes greedily behind prompts, one more token each a run, and gives the number of tokens of one. */
export type BareLoop = (prompts: ReadonlyArray<ReadonlyArray<number>>, count: number) => Promise<number>

/** The engine without anything around it: a run a token on this thread, the likeliest token next. No law, no text. */
export const bareLoop = (folder: string, settings: Partial<Settings> = {}): Promise<BareLoop> => {
  const weights = weightsOf(mapCheckpoint(folder), { dtype: settings.dtype })
  const options = { settings: settingsOf(settings), giveBack: giveBack([]) }
  return checkpointRunner(decoderOf(readConfig(folder)), weights, options, (runner) => async (prompts, count) => {
    const pasts = prompts.map(() => runner.emptyPast())
    let tokens = prompts.map((prompt) => Int32Array.from(prompt))
    for (let n = 0; n < count; n++) {
      const rows = await runner.run(pasts.map((past, i) => ({ past, tokens: tokens[i]!, rows: 1 })))
      tokens = rows.map(([row]) => Int32Array.of(argmax(row!)))
    }
    for (const past of pasts) past.release()
    return count
  })
}
