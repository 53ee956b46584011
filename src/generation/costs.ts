import type { RowMemory } from "../formula/row_memory.ts"
import { print } from "../formula/syntax/print.ts"
import type { Course } from "../speculation/course.ts"
import type { StageStatistics, Statistics } from "./events.ts"
import type { NumberedTerm } from "./monitor.ts"

/** What a sequence cost, term by term and stage by stage. */
export const costs = (
  terms: ReadonlyArray<NumberedTerm>,
  memory: RowMemory,
  { acceptance, switches }: Course
): Pick<Statistics, "modelCalls" | "plans" | "terms" | "stages"> => ({
  modelCalls: memory.runs(),
  plans: switches(),
  terms: terms.flatMap(({ leaf, number, term }) =>
    leaf._tag === "Row" ? [] : [{ number, term, ...memory.cost(leaf) }]
  ),
  stages: [...acceptance()].flatMap(([leg, stages]) =>
    stages.map(
      ({ decided, expected, ...counts }, i): StageStatistics => ({
        formula: print(leg.layers[i + 1]!.prepared.formula),
        ...counts,
        acceptance: { expected: expected / Math.max(1, decided), seen: counts.kept / Math.max(1, decided) }
      })
    )
  )
})
