import type { Prepared } from "../formula/prepare.ts"
import type { RowMemory } from "../formula/row_memory.ts"
import { print } from "../formula/syntax/print.ts"
import type { Course } from "../speculation/course.ts"
import type { StageStatistics, Statistics } from "./events.ts"

/** What a sequence cost, term by term and stage by stage. */
export const costs = (
  prepared: Prepared,
  memory: RowMemory,
  { acceptance, switches }: Course
): Pick<Statistics, "modelCalls" | "plans" | "terms" | "stages"> => ({
  modelCalls: memory.runs(),
  plans: switches(),
  terms: prepared.terms.flatMap((leaf, i) =>
    leaf._tag === "Row" ? [] : [{ number: i + 1, term: print(leaf), ...memory.cost(leaf) }]
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
