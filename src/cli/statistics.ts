import { cut } from "../formula/syntax/syntax_error.ts"
import type { Finished, Statistics } from "../generation/events.ts"
import { aligned } from "./aligned.ts"
import { printPlans } from "./plan_text.ts"

/** What sequences cost, for a person: one part for each of them. */
export const statisticsText = (ends: ReadonlyArray<Finished>): string =>
  ends
    .toSorted((a, b) => a.sequence - b.sequence)
    .map(({ sequence, statistics }) => `${ends.length > 1 ? `--- ${sequence + 1}\n` : ""}${one(statistics)}`)
    .join("\n")

const one = (statistics: Statistics): string => {
  const { milliseconds, modelCalls, planner, plans, seed, stages, terms, tokens, verifier } = statistics
  const speed = tokens === 0 ? "" : `, ${Math.round((1000 * tokens) / Math.max(1, milliseconds))} tokens/s`
  const lines = [
    `tokens    ${tokens} in ${seconds(milliseconds)}${speed}, ${modelCalls} runs of models`,
    `seed      ${seed}`,
    `plan      ${printPlans(plans)}`,
    `verifier  ${verifier}`,
    ...(planner === undefined
      ? []
      : [
          `planner   ${seconds(planner.planning)} of that, and ${seconds(planner.calibration)} before for measuring the models`
        ]),
    "",
    ...aligned(
      ["term", "calls", "positions", "tokens/call", "ms", "ms/call"],
      terms.map(({ calls, milliseconds, number, positions, term }) => [
        `${number}. ${cut(term, 48)}`,
        `${calls}`,
        `${positions}`,
        ratio(tokens, calls, 2),
        milliseconds.toFixed(1),
        ratio(milliseconds, calls, 2)
      ])
    )
  ]
  if (stages.length > 0) {
    lines.push(
      "",
      ...aligned(
        ["stage", "blocks", "drafted", "kept", "accepted", "expected"],
        stages.map(({ acceptance, blocks, drafted, formula, kept }) => [
          cut(formula, 48),
          `${blocks}`,
          `${drafted}`,
          `${kept}`,
          drafted === 0 ? "-" : percent(acceptance.seen),
          drafted === 0 ? "-" : percent(acceptance.expected)
        ])
      )
    )
  }
  return `${lines.join("\n")}\n`
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`

const ratio = (a: number, b: number, digits: number): string => (b === 0 ? "-" : (a / b).toFixed(digits))

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
