import { describe, expect, test } from "bun:test"
import * as Stream from "effect/Stream"
import * as fc from "fast-check"
import { Formula, LogitStream } from "polylogit"
import { operators, type Side } from "../support/operators.ts"
import { expectWeighted } from "../support/rows.ts"
import { collect, growing, shapes, sourceOf, tableModel } from "../support/terms.ts"

const shape = fc.constantFrom(...shapes)

/** Formula.weighted(op(a, b)) = op(Formula.weighted(a), Formula.weighted(b)), scores and weights to the last bit. */
describe("the law between formulas and streams of rows", () => {
  for (const operator of operators) {
    test(operator.name, () =>
      fc.assert(
        fc.asyncProperty(growing, tableModel, tableModel, shape, shape, async (contexts, m1, m2, shape1, shape2) => {
          const weighted = (formula: Formula.Formula) =>
            Formula.weighted(formula, { normalize: "none", vocabularySize: 4 })(Stream.fromIterable(contexts))
          const [s1, s2] = [sourceOf(m1, contexts), sourceOf(m2, contexts)]
          const [l1, l2] = [s1, s2].map(
            (source): Side => ({ formula: source.formula, rows: LogitStream.fromLogits(source.logits) })
          )
          const operands = [shape1(l1!, l2!), shape2(l2!, l1!)]
          const built = operator.build(operands, s1)
          const rows = await collect(weighted(built.formula))
          expect(rows.length).toBe(contexts.length)
          // the operands' rows as streams of rows have them, and as formulas have them
          const given = operands.map(({ formula }) => ({ formula, rows: weighted(formula) }))
          const wanted = [built.rows, operator.build(given, s1).rows]
          for (const stream of wanted) {
            const others = await collect(Stream.take(stream as LogitStream.LogitStream, contexts.length))
            rows.forEach((row, i) => void expectWeighted(row, others[i]!))
          }
        }),
        { numRuns: 25 }
      )
    )
  }
})
