import { setTimeout } from "node:timers/promises"
import { type Reader, startReader } from "./bandwidth.ts"
import { type Contender, others, ours } from "./contenders.ts"
import { type ModelName, prepare } from "./prepare.ts"
import { takenByOthers, type Work, work } from "./processor.ts"
import type { Dtype, Gone } from "./protocol.ts"
import { type Measured, rowTable } from "./row_table.ts"
import { type Running, start } from "./running.ts"
import { readWeights } from "./weights.ts"

const rows: ReadonlyArray<readonly [ModelName, Dtype]> = [
  ["tales", "fp32"],
  ...(["15M", "135M"] as const).flatMap((model) => (["fp32", "int8", "int4"] as const).map((d) => [model, d] as const))
]
const quick = process.argv.includes("--quick")
const [promptLength, count, rounds] = [57, quick ? 32 : 128, quick ? 5 : 7]

/**
 * Greedy decoding by this engine and by others, on the same weights: each in a process of its own, in turns, beside a
 * reader of memory that says how fast the weights could be read at all. `--row=135M/int4` (once or more) for some rows,
 * `--quick` for a first look.
 */
export const runtime = async (): Promise<string> => {
  const asked = process.argv.filter((one) => one.startsWith("--row=")).map((one) => one.slice("--row=".length))
  const chosen = rows.filter(([model, dtype]) => asked.length === 0 || asked.includes(`${model}/${dtype}`))
  if (chosen.length === 0)
    return `There is no row ${asked.join(", ")}; there are ${rows.map((r) => r.join("/")).join(", ")}.`
  if (process.platform !== "linux") return "Left out: memory and disturbance are read from /proc, which Linux has.\n"
  const reader = await startReader(2)
  const parts: Array<string> = []
  for (const [model, dtype] of chosen) {
    parts.push(await measureRow(model, dtype, reader))
    console.error(parts.at(-1))
  }
  reader.stop()
  return [introduction, ...absent(), ...parts].join("\n")
}

const introduction = `The same weights for all, ${promptLength} tokens of prompt and ${count} more, greedy, on the processor. ms per token counts from the first token to the last; what the first takes, prompt included, stands beside it. Loading counts from the start of the process; memory is what is resident after decoding, for ours with room for 32 MB of keys and values, which the others have for one text; int8 and int4 of ours are kept from an earlier load. The bandwidth floor is the time in which two threads read the weights once, at the speed of memory measured in the same rounds; weights that fit in the processor's cache (tales, and 15M with 8 or 4 bits) can be faster.
`

const absent = (): ReadonlyArray<string> =>
  [...new Set(others.flatMap(({ missing }) => missing ?? []))].map((missing) => `A line is left out: ${missing}\n`)

const measureRow = async (model: ModelName, dtype: Dtype, reader: Reader): Promise<string> => {
  const folder = prepare(model, dtype)
  const { parameters, sizes } = readWeights(folder)
  const present = [...ours, ...others].filter(
    ({ dtypes, missing, only = [model] }) => dtypes.includes(dtype) && only.includes(model) && missing === undefined
  )
  const running: Array<{ readonly contender: Contender; readonly process: Running; readonly gone: Array<Gone> }> = []
  for (const contender of present) {
    running.push({ contender, process: await start(contender.command(folder, dtype)), gone: [] })
  }
  const bandwidths: Array<number> = []
  const spans: Array<readonly [Work, Work]> = []
  for (let round = 0; round <= rounds; round++) {
    bandwidths.push(await reader.measure())
    // another prompt each round: none finds the keys and values of the one before
    const prompt = promptOf(sizes.vocab_size, round)
    for (const { contender, gone, process } of running) {
      const before = work(process.pid)
      const one = await process.decode({ prompt, count })
      spans.push([before, work(process.pid)])
      if (one.tokens.length !== count)
        throw new Error(`Cannot compare ${contender.runtime}: it wrote ${one.tokens.length} tokens of ${count}`)
      if (round > 0) gone.push(one)
      // threads that spin for more work must not take it from the next one
      await setTimeout(50)
    }
  }
  const measured: Array<Measured> = running.map(({ contender, gone, process }) => ({
    contender,
    gone,
    loading: process.loading,
    resident: process.resident()
  }))
  await Promise.all(running.map(({ process }) => process.stop()))
  return rowTable({
    ...{ model, dtype, measured, bandwidths },
    bytesPerToken: parameters * bytesPerWeight[dtype],
    disturbance: takenByOthers(spans)
  })
}

/** Tokens with no meaning, the same every time; none of the first hundred, which have roles. */
const promptOf = (vocabularySize: number, round: number): ReadonlyArray<number> => {
  let x = 7 + round
  return Array.from({ length: promptLength }, () => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0
    return 100 + Math.floor((x / 2 ** 32) * (vocabularySize - 100))
  })
}

/** What a token must read: each weight once, as float32 or in blocks of 32 with a scale of two bytes. */
const bytesPerWeight = { fp32: 4, int8: 34 / 32, int4: 18 / 32 } as const
