import type { Generation } from "../../src/mod.ts"
import { planText } from "./calls.ts"
import type { Row } from "./formulas.ts"
import { write } from "./write.ts"

/** How much is measured. */
export interface Limits {
  /** Texts of each contender. */
  readonly rounds: number
  /** Tokens of each text at most. */
  readonly length: number
}

interface Contender {
  readonly name: string
  readonly formula: Row["formula"]
  readonly speculate: NonNullable<Generation.GenerationOptions["speculate"]>
}

/**
 * Time a token of every contender, in turns: the terms one after another, packed in one run, every plan, and `auto`. The
 * best fixed plan is chosen by the even rounds and compared with `auto` by the odd ones.
 */
export const timesTable = async (
  title: string,
  packed: ReadonlyArray<Row>,
  separate: ReadonlyArray<Row>,
  limits: Limits
): Promise<string> => {
  const lines: Array<string> = []
  const details: Array<string> = []
  for (const [i, row] of packed.entries()) {
    const contenders: ReadonlyArray<Contender> = [
      { name: "(a) one after another", formula: separate[i]!.plain, speculate: "off" },
      { name: "(b) packed", formula: row.plain, speculate: "off" },
      ...row.plans.map((plan) => ({ name: planText(plan), formula: row.formula, speculate: plan })),
      { name: "auto", formula: row.formula, speculate: "auto" as const }
    ]
    const times = await measure(contenders, limits)
    const time = (index: number, parity?: number) =>
      median(times[index]!.filter((_, round) => parity === undefined || round % 2 === parity))
    const fixed = contenders.keys().toArray().slice(1, -1)
    const best = fixed.reduce((a, b) => (time(b, 0) < time(a, 0) ? b : a))
    const auto = contenders.length - 1
    const over = (index: number) => median(times[index]!.map((ms, round) => ms / times[auto]![round]!)).toFixed(2)
    lines.push(
      `| ${row.name} | ${time(0).toFixed(2)} | ${time(1).toFixed(2)} | ${time(auto).toFixed(2)} | ${over(0)}x | ${over(1)}x | ${contenders[best]!.name} | ${(time(best, 1) / time(auto, 1)).toFixed(2)}x |`
    )
    details.push(
      `- ${row.name}: ${contenders.map(({ name }, index) => `${name} ${time(index).toFixed(2)}`).join("; ")}`
    )
    console.error(details.at(-1))
  }
  return [
    `### Time on ${title}`,
    "",
    "ms a token, medians of texts written in turns. The last column compares with the best fixed plan (no speculation among them), chosen by one half of the rounds, by the other half.",
    "",
    "| formula | (a) one after another | (b) packed, no speculation | auto | auto against (a) | against (b) | best fixed plan | auto against it |",
    "|---|---|---|---|---|---|---|---|",
    ...lines,
    "",
    "All contenders, ms a token:",
    "",
    ...details,
    ""
  ].join("\n")
}

/** For each contender its ms a token in each round; the first round is not counted. */
const measure = async (contenders: ReadonlyArray<Contender>, { length, rounds }: Limits) => {
  const times = contenders.map((): Array<number> => [])
  for (let round = 0; round <= rounds; round++) {
    for (const [i, { formula, speculate }] of contenders.entries()) {
      // texts must not end early: all contenders of a round write the same number of tokens
      const text = await write(formula, { maxTokens: length, speculate, logitBias: { "0": -100 } })
      if (round > 0) times[i]!.push(text.milliseconds / text.tokens)
    }
  }
  return times
}

const median = (values: ReadonlyArray<number>): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2
}
