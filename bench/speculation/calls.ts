import type { Row } from "./formulas.ts"
import { calls, ratio, type Written, write } from "./write.ts"

/** Calls a token under each row's first plan, beside what the paper and the original have. */
export const callsTable = async (
  title: string,
  rows: ReadonlyArray<Row>,
  { length, tokens }: { readonly tokens: number; readonly length: number }
): Promise<string> => {
  const lines: Array<string> = []
  for (const { bar, formula, goal, name, original, paper, plans } of rows) {
    const texts: Array<Written> = []
    let written = 0
    for (let seed = 0; written < tokens; seed++) {
      const text = await write(formula, { maxTokens: length, seed, speculate: plans[0]! })
      texts.push(text)
      written += text.tokens
    }
    const { half, value } = ratio(texts.map((text) => ({ over: calls(text, new Set([1])), under: text.tokens })))
    const accepted = texts
      .at(-1)!
      .statistics.stages.map((_, i) => {
        const own = texts.map(({ statistics }) => statistics.stages[i]!).filter((stage) => stage.blocks > 0)
        const mean = (of: (stage: (typeof own)[number]) => number) =>
          (own.reduce((sum, stage) => sum + of(stage), 0) / own.length).toFixed(2)
        return `${mean((stage) => stage.acceptance.expected)} / ${mean((stage) => stage.acceptance.seen)}`
      })
      .join(", ")
    const verdict = value <= (goal ?? bar) ? "met" : value <= bar ? "bar met, goal missed" : "missed"
    lines.push(
      `| ${name} | ${paper} | ${original} | ${bar}${goal === undefined ? "" : `, ${goal}`} | **${value.toFixed(3)}** ± ${half.toFixed(3)} (${verdict}) | ${planText(plans[0]!)} | ${accepted} | ${written} |`
    )
  }
  return [
    `### Calls of M a token on ${title}, T = 1, block verification`,
    "",
    "A block-verifying run of one term is one call, a packed run of three terms three, calls of the draft are not counted.",
    "",
    "| formula | paper | original: as released / law mended | bar, goal | ours, 95 % interval | plan | acceptance expected / seen | tokens |",
    "|---|---|---|---|---|---|---|---|",
    ...lines,
    ""
  ].join("\n")
}

/** A plan in a few characters: groups of terms, with the number of drafts that each group checks. */
export const planText = ({ bonus, draftLengths, order }: Row["plans"][number]): string =>
  order
    .map((group, i) => {
      const length = i === 0 ? "" : `:${draftLengths[i - 1]}`
      return `${group.join("+")}${length}${i > 0 && bonus?.[i - 1] === false ? "!" : ""}`
    })
    .join(" > ")
