import { cut } from "../formula/syntax/syntax_error.ts"
import type { ModelReport, PlanReport } from "../speculation/plan_report.ts"
import { aligned } from "./aligned.ts"
import { printPlans } from "./plan_text.ts"

/** What the planner goes by and would choose, for a person. */
export const planReportText = (report: PlanReport): string => {
  const { acceptance, calibration, candidates, chosen, law, models, terms, tokens } = report
  return [
    `plan        ${printPlans([{ at: 0, ...chosen.plan }])}, ${ms(chosen.milliseconds)} a token expected, ${chosen.speedup.toFixed(2)}x of no speculation`,
    `calibration ${calibration === 0 ? "known from before" : `${(calibration / 1000).toFixed(2)} s`}; laws compared at ${tokens} tokens; a law takes ${ms(law)}`,
    "",
    ...aligned(
      ["term", "model"],
      terms.map(({ model, number, term }) => [`${number}. ${cut(term, 60)}`, model ?? "-"])
    ),
    "",
    ...aligned(
      ["ms a run by new positions of each term", ...positionsOf(models).map(String)],
      models.flatMap(({ model, runs, terms }) =>
        [...new Set(runs.map((run) => run.terms))].map((together) => [
          `${cut(model, 40)}, ${together === 1 ? "a term alone" : `terms ${terms.join(", ")} together`}`,
          ...runs.filter((run) => run.terms === together).map(({ milliseconds }) => milliseconds.toFixed(2))
        ])
      )
    ),
    "",
    ...aligned(
      ["drafts of a partial formula, kept by another", "share"],
      acceptance.map(({ acceptance, draft, target }) => [
        `${cut(draft, 48)}  >  ${cut(target, 48)}`,
        `${(100 * acceptance).toFixed(1)} %`
      ])
    ),
    "",
    ...aligned(
      ["plans considered, best first", "ms a token", "speed"],
      candidates.map(({ milliseconds, plan, speedup }) => [
        printPlans([{ at: 0, ...plan }]),
        milliseconds.toFixed(3),
        `${speedup.toFixed(2)}x`
      ])
    ),
    ""
  ].join("\n")
}

const positionsOf = (models: ReadonlyArray<ModelReport>): ReadonlyArray<number> => [
  ...new Set(models.flatMap(({ runs }) => runs.map(({ positions }) => positions)))
]

const ms = (milliseconds: number): string => `${milliseconds.toPrecision(3)} ms`
