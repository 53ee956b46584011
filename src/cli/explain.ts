import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type Interval, weightBounds, weightsAt } from "../formula/bounds.ts"
import { check } from "../formula/check.ts"
import { children, postorder } from "../formula/fold.ts"
import type { Any } from "../formula/formula.ts"
import { distinct } from "../formula/identity.ts"
import { toJson } from "../formula/json.ts"
import { isLeaf } from "../formula/leaves.ts"
import { excerpt, print } from "../formula/syntax/print.ts"
import { canonical } from "./canonical.ts"
import { explainPlan, planFlags } from "./explain_plan.ts"
import { formulaFlags, jsonFlag, normalizeFlag } from "./flags.ts"
import { readFormula } from "./formula_source.ts"
import { standard } from "./output.ts"
import { planReportText } from "./plan_report.ts"
import { waiting } from "./progress.ts"

const flags = { ...formulaFlags, ...planFlags, normalize: normalizeFlag, json: jsonFlag }

/** `polylogit explain`: what a formula says. */
export const explain = Command.make("explain", flags, (input) =>
  Effect.gen(function* () {
    const { formula } = yield* readFormula(input)
    if (input.plan) {
      const report = yield* waiting("Measuring the models")(explainPlan(formula, input))
      return yield* standard.write(input.json ? `${JSON.stringify(report, undefined, 2)}\n` : planReportText(report))
    }
    const checked = distinct(yield* Effect.fromResult(check(formula, { normalize: input.normalize })))
    const [low, high] = weightBounds(checked)!
    const terms = postorder(checked)
      .filter(isLeaf)
      .map((leaf) => print(leaf))
    const json = toJson(checked)
    yield* standard.write(
      input.json
        ? `${JSON.stringify({ text: canonical(checked), weight: { low, high }, terms, formula: yield* Effect.fromResult(json) }, undefined, 2)}\n`
        : [
            `formula  ${canonical(checked)}`,
            `weight   ${interval([low, high])}`,
            `terms    ${terms.length}`,
            ...terms.map((term, i) => `  ${i + 1}. ${term}`),
            "tree",
            ...tree(checked),
            `json     ${Result.isSuccess(json) ? JSON.stringify(json.success) : "too deep to be written"}`,
            ""
          ].join("\n")
    )
  })
).pipe(
  Command.withDescription(
    "Print a formula's tree, its distinct terms, the bounds of its weight, and its canonical forms; or how it would speculate"
  ),
  Command.withExamples([
    { command: `polylogit explain 'a - 0.6 * b + union(a, b)' --define a=A --define b=B`, description: "as text" },
    { command: "polylogit explain --file story.formula --json", description: "as JSON" },
    {
      command: `polylogit explain 'supersede(model("tales-draft"), prompt("A fairy tale."))' --plan`,
      description: "what the models cost here, and the plan that follows"
    }
  ])
)

const interval = ([low, high]: Interval): string =>
  low === high ? `${low}` : `from ${low} to ${high}, by token or position`

/** One line for each node, indented; what a node is made of is shown once. */
const tree = (root: Any): ReadonlyArray<string> => {
  const weights = weightsAt(root, 0)
  const lines: Array<string> = []
  const shown = new Set<Any>()
  const stack: Array<readonly [Any, number]> = [[root, 1]]
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const [node, depth] = next
    const indent = "  ".repeat(Math.min(depth, 40))
    const again = shown.has(node) && children(node).length > 0
    lines.push(`${indent}${label(node, weights.get(node))}${again ? "  (as above)" : ""}`)
    if (again) continue
    shown.add(node)
    for (const child of children(node).toReversed()) stack.push([child, depth + 1])
  }
  return lines
}

const label = (node: Any, weight: Interval | undefined): string => {
  const told =
    weight === undefined || isLeaf(node)
      ? ""
      : `  weight ${weight[0] === weight[1] ? weight[0] : `${weight[0]} to ${weight[1]}`}`
  return children(node).length === 0 ? excerpt(node, 80) : `${node._tag.toLowerCase()}: ${excerpt(node, 60)}${told}`
}
