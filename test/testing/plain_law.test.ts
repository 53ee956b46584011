import { expect, test } from "bun:test"
import { plainLaw } from "../../src/testing/plain_law.ts"

test("texts of no tokens, and texts that end at once", () => {
  expect(plainLaw(() => ({ probs: Float64Array.of(1) }), { maxTokens: 0 }).outcomes).toEqual([
    { value: [], probability: 1 }
  ])
  expect(plainLaw(() => ({ probs: Float64Array.of(1) }), { maxTokens: 9, end: [0] })).toEqual({
    outcomes: [{ value: [0], probability: 1 }],
    paths: 1
  })
})

test("the law of the next token may be any function of the text; impossible ones are not followed", () => {
  const next = (completion: ReadonlyArray<number>) => ({
    probs:
      completion.length === 0 ? Float64Array.of(0.5, 0.5, 0) : Float64Array.of(0, completion[0]!, 1 - completion[0]!)
  })
  expect(plainLaw(next, { maxTokens: 2 }).outcomes).toEqual([
    { value: [0, 2], probability: 0.5 },
    { value: [1, 1], probability: 0.5 }
  ])
})
