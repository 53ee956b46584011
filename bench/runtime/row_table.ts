import { type Contender, ours } from "./contenders.ts"
import type { ModelName } from "./prepare.ts"
import type { Dtype, Gone } from "./protocol.ts"

/** What one contender did on one model. */
export interface Measured {
  readonly contender: Contender
  /** Each round. */
  readonly gone: ReadonlyArray<Gone>
  /** Milliseconds. */
  readonly loading: number
  /** Bytes. */
  readonly resident: number
}

interface RowOptions {
  readonly model: ModelName
  readonly dtype: Dtype
  /** Ours first. */
  readonly measured: ReadonlyArray<Measured>
  readonly bytesPerToken: number
  /** Of each round. Units: bytes a second. */
  readonly bandwidths: ReadonlyArray<number>
  /** The share of the processor that other processes took while a contender ran. */
  readonly disturbance: number
}

/** The table of one model and number type, and what became of the bars. */
export const rowTable = (options: RowOptions): string => {
  const { bandwidths, bytesPerToken, disturbance, dtype, measured, model } = options
  const byRound = measured.map(msByRound)
  const times = byRound.map(sorted)
  const base = measured[0]!
  const lines = measured.map(({ contender, gone, loading, resident }, i) => {
    const time = times[i]!
    const parts = gone[0]!.tokens.findIndex((token, at) => token !== base.gone[0]!.tokens[at])
    return [
      `${contender.runtime}, ${contender.threads} thread${contender.threads === 1 ? "" : "s"}`,
      format(middle(time)),
      format(time[0]!),
      `${format(quantile(time, 0.25))} to ${format(quantile(time, 0.75))}`,
      `${ratio(byRound[i]!, byRound[0]!).toFixed(2)}x`,
      format(middle(sorted(gone.map(({ first }) => first)))),
      (loading / 1e3).toFixed(2),
      (resident / 1e6).toFixed(0),
      parts < 0 ? "all" : `first ${parts}`
    ]
  })
  const speed = sorted(bandwidths)
  const floor = (q: number) => (1e3 * bytesPerToken) / quantile(speed, 1 - q)
  const floorLine = [
    `bandwidth floor: ${(bytesPerToken / 1e6).toFixed(1)} MB at ${(middle(speed) / 1e9).toFixed(1)} GB/s`,
    format(floor(0.5)),
    format(floor(0)),
    `${format(floor(0.25))} to ${format(floor(0.75))}`,
    `${(floor(0.5) / middle(times[0]!)).toFixed(2)}x`,
    ...["", "", "", ""]
  ]
  return [
    `### ${model}, ${dtype}`,
    "",
    "| | ms per token | lowest | quartiles | against the first | first token, ms | loading, s | resident, MB | same tokens as the first |",
    "|---|---|---|---|---|---|---|---|---|",
    ...[...lines, floorLine].map((line) => `| ${line.join(" | ")} |`),
    "",
    `While a contender ran, other processes took ${(100 * disturbance).toFixed(0)} % of the processor.`,
    "",
    ...(ours.includes(base.contender) ? [bars(options, floor(0.5)), ""] : ["No line of ours takes this type yet.", ""])
  ].join("\n")
}

/** What our first runtime must reach, and what it did; each runtime with the number of threads it is fastest with. */
const bars = ({ dtype, measured, model }: RowOptions, floor: number): string => {
  const fastest = new Map<string, Measured>()
  for (const one of measured) {
    const { runtime } = one.contender
    const known = fastest.get(runtime)
    if (known === undefined || msOf(one) < msOf(known)) fastest.set(runtime, one)
  }
  const [own, ...rest] = fastest.values()
  const met = (yes: boolean, text: string) => `${text}: ${yes ? "met" : "NOT met"}`
  const reached = rest.flatMap((one) => {
    const bar = one.contender.bar?.(model, dtype)
    const faster = ratio(msByRound(one), msByRound(own!))
    return bar === undefined
      ? []
      : [met(faster >= bar, `${faster.toFixed(2)}x as fast as ${one.contender.runtime} (bar ${bar}x)`)]
  })
  if (model === "135M" && dtype === "fp32") {
    const share = floor / msOf(own!)
    reached.push(met(share >= 0.8, `at ${(100 * share).toFixed(0)} % of the bandwidth floor (bar 80 %)`))
  }
  if (model === "135M" && dtype === "int4") {
    const llama = rest.find(({ contender }) => contender.runtime.startsWith("node-llama-cpp"))!
    reached.push(met(own!.resident <= llama.resident, "in no more memory than node-llama-cpp"))
  }
  const three = rest.find(({ contender }) => contender.runtime.includes("three terms"))
  const python = rest.find(({ contender }) => contender.runtime.includes("Python"))
  if (three !== undefined && python !== undefined) {
    const faster = ratio(msByRound(python), msByRound(three)) * (original.threeTerms / original.huggingFace)
    reached.push(met(faster >= 25, `with three terms ${faster.toFixed(1)}x as fast as the original, scaled (bar 25x)`))
  }
  return `${own!.contender.runtime} is ${reached.join("; ")}.`
}

/**
 * The Python original of language model arithmetic on this model, where it was measured: three terms, beside
 * `generate` of Hugging Face on the same machine. Units: milliseconds a token.
 */
const original = { threeTerms: 13.5, huggingFace: 3.5 }

const msByRound = ({ gone }: Measured): ReadonlyArray<number> =>
  gone.map(({ rest, tokens }) => rest / (tokens.length - 1))
const msOf = (one: Measured): number => middle(sorted(msByRound(one)))
/** How much longer the one took: the median of the rounds' ratios, since what disturbs a round disturbs all of it. */
const ratio = (one: ReadonlyArray<number>, other: ReadonlyArray<number>): number =>
  middle(sorted(one.map((ms, round) => ms / other[round]!)))
const sorted = (values: ReadonlyArray<number>): ReadonlyArray<number> => [...values].sort((a, b) => a - b)
const quantile = (values: ReadonlyArray<number>, q: number): number => values[Math.round(q * (values.length - 1))]!
const middle = (values: ReadonlyArray<number>): number => quantile(values, 0.5)
const format = (ms: number): string => (ms >= 1 ? ms.toFixed(2) : ms.toPrecision(3))
