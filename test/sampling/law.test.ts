import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { isRowProblem, RowProblem } from "../../src/logits/row.ts"
import { logSoftmax, softmax } from "../../src/logits/softmax.ts"
import { truncate } from "../../src/logits/truncation.ts"
import { type Law, law } from "../../src/sampling/law.ts"
import type { SamplingOptions } from "../../src/sampling/options.ts"
import { penalize } from "../../src/sampling/penalties.ts"

const halves = Float64Array.of(0.5, 0.25, 0.125, 0.125).map(Math.log)
const none = { prompt: [], completion: [] }
const probs = (
  options: SamplingOptions,
  history = none as { prompt: Array<number>; completion: Array<number> },
  row = halves
) => {
  const out = law(row, options, history)
  if (out instanceof RowProblem) throw out
  return [...out.probs].map((p) => Math.round(p * 1e6) / 1e6)
}

test.each([
  [{}, [0.5, 0.25, 0.125, 0.125]],
  [{ temperature: 0 }, [1, 0, 0, 0]],
  [{ temperature: 0.5 }, [0.727273, 0.181818, 0.045455, 0.045455]],
  [{ topK: 1 }, [1, 0, 0, 0]],
  [{ temperature: 0, logitBias: { "2": 3 } }, [0, 0, 1, 0]],
  [{ topK: 3 }, [0.571429, 0.285714, 0.142857, 0]],
  [{ topK: 0 }, [0.5, 0.25, 0.125, 0.125]],
  [{ topP: 0.5 }, [1, 0, 0, 0]],
  [{ topP: 0.51 }, [0.666667, 0.333333, 0, 0]],
  [{ minP: 0.5 }, [0.666667, 0.333333, 0, 0]],
  [{ minP: 0.51 }, [1, 0, 0, 0]],
  // entropy 1.75 bits; surprises 1, 2, 3, 3 bits: token 1 is the most typical one
  [{ typicalP: 0.2 }, [0, 1, 0, 0]],
  [{ typicalP: 0.3 }, [0.666667, 0.333333, 0, 0]],
  [{ logitBias: { "3": Math.LN2 * 2 } }, [0.363636, 0.181818, 0.090909, 0.363636]]
] as const)("the law under %p", (options, expected) => expect(probs(options)).toEqual([...expected]))

test("penalties: what each sees, and how much it takes", () => {
  const history = { prompt: [0], completion: [1, 1, 2] }
  const row = (options: SamplingOptions) => {
    const out = penalize(halves, options, history)
    return isRowProblem(out) ? [] : [...out].map((x, i) => Math.round((x - halves[i]!) * 1e6) / 1e6)
  }
  expect(row({ presencePenalty: 1 })).toEqual([0, -1, -1, 0])
  expect(row({ frequencyPenalty: 1 })).toEqual([0, -2, -1, 0])
  // log p is multiplied by 2 for tokens 0, 1 and 2, so it falls by itself
  expect(row({ repetitionPenalty: 2 })).toEqual(
    [-Math.LN2, -2 * Math.LN2, -3 * Math.LN2, 0].map((x) => Math.round(x * 1e6) / 1e6)
  )
  expect(row({ logitBias: { "3": 1.5 } })).toEqual([0, 0, 0, 1.5])
  expect(row({ repetitionPenalty: 2, logitBias: { "0": 2 } })[0]).toBeCloseTo(2 - (2 - Math.LN2) / 2, 5)
})

/** Equal or far apart: no two scores differ by rounding alone. */
const quarters = fc.integer({ min: -20, max: 20 }).map((n) => n / 4)

test("the order is logit bias, penalties, temperature, topK, typicalP, topP, minP", () => {
  const options = {
    temperature: 0.7,
    topK: 3,
    typicalP: 0.9,
    topP: 0.8,
    minP: 0.1,
    presencePenalty: 0.33,
    logitBias: { "2": 1.1 }
  }
  fc.assert(
    fc.property(fc.array(quarters, { minLength: 4, maxLength: 8 }), (scores) => {
      const history = { prompt: [], completion: [1] }
      const base = logSoftmax(Float64Array.from(scores)) as Float64Array
      base[2]! += 1.1
      base[1]! -= 0.33
      let row = logSoftmax(base.map((x) => x / 0.7)) as Float64Array
      for (const rule of [{ topK: 3 }, { typicalP: 0.9 }, { topP: 0.8 }, { minP: 0.1 }])
        row = truncate(row, rule) as Float64Array
      const expected = (softmax(row) as Law).probs
      const got = (law(Float64Array.from(scores), options, history) as Law).probs
      for (const [i, p] of got.entries()) expect(p).toBeCloseTo(expected[i]!, 12)
    })
  )
})

test("the reported log-probabilities are the formula's, whatever the options", () => {
  const out = law(Float64Array.of(3, 1, 0), { temperature: 0.1, topK: 1, logitBias: { "2": 9 } }, none) as Law
  const expected = logSoftmax(Float64Array.of(3, 1, 0)) as Float64Array
  expect(out.scores[2]! - out.logZ).toBeCloseTo(expected[2]!, 12)
})

test("rows without a law are refused", () => {
  expect(law(Float64Array.of(Number.NaN, 0), {}, none)).toEqual(new RowProblem("number", 0))
  expect(law(Float64Array.of(0, Number.NaN), { temperature: 0.5 }, none)).toEqual(new RowProblem("number", 1))
  expect(law(Float64Array.of(Number.NEGATIVE_INFINITY), {}, none)).toEqual(new RowProblem("nothing"))
})

test("extreme temperatures neither overflow nor lose the likeliest token", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -80, max: 80, noNaN: true }), { minLength: 2, maxLength: 6 }),
      fc.double({ min: Number.MIN_VALUE, max: Number.MAX_VALUE, noNaN: true }),
      (scores, temperature) => {
        const out = law(Float64Array.from(scores), { temperature }, none)
        if (out instanceof RowProblem) return false
        const sum = out.probs.reduce((a, b) => a + b)
        return Math.abs(sum - 1) < 1e-12 && out.probs[scores.indexOf(Math.max(...scores))]! === Math.max(...out.probs)
      }
    )
  )
})
