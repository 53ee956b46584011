import { expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { model } from "../../src/formula/leaves.ts"
import { prepare } from "../../src/formula/prepare.ts"
import { fromFunction } from "../../src/model/table.ts"
import { seeded } from "../../src/sampling/chance.ts"
import { propose } from "../../src/sampling/propose.ts"
import { type TargetOptions, target } from "../../src/sampling/target.ts"
import { letters } from "../support/letters.ts"

/** Says a, b, c, then ends, by the length of the context; counts the rows asked for. */
const speaker = () => {
  let rows = 0
  const one = fromFunction(letters, (context) => {
    rows++
    return [0, 1, 2, 3].map((token) => (token === context.length % 4 ? 0 : Number.NEGATIVE_INFINITY))
  })
  return { one, rows: () => rows }
}

const drafted = async (options: Partial<TargetOptions>, from: { completion: ReadonlyArray<number> }, take = 99) => {
  const { one, rows } = speaker()
  const all = await Effect.runPromise(
    Effect.flatMap(prepare(model(one)), (prepared) => {
      const own = target(prepared, { sampling: {}, promptTokens: [], maxTokens: 50, ...options })
      const stage = propose(own, { chance: seeded(1), sequence: 0, stage: 0 })
      return Stream.runCollect(Stream.take(stage({ prompt: [0], ...from }), take))
    })
  )
  return { tokens: all.map(({ token }) => token), laws: all.map(({ law }) => [...law.probs]), rows: rows() }
}

test("it ends after end-of-text, and asks for no row beyond", async () => {
  expect(await drafted({}, { completion: [] })).toMatchObject({ tokens: [1, 2, 3, 0], rows: 4 })
})

test("it ends when the completion is maxTokens long, counted from where it began", async () => {
  expect(await drafted({ maxTokens: 3 }, { completion: [1] })).toMatchObject({ tokens: [2, 3], rows: 2 })
  expect(await drafted({ maxTokens: 1 }, { completion: [1] })).toMatchObject({ tokens: [], rows: 0 })
})

test("it does not run ahead of demand, and can be opened again at an earlier context", async () => {
  expect(await drafted({}, { completion: [] }, 2)).toMatchObject({ tokens: [1, 2], rows: 2 })
  expect(await drafted({}, { completion: [1] }, 1)).toMatchObject({ tokens: [2], rows: 1 })
})

test("each token comes with the law that it was drawn from", async () => {
  expect((await drafted({}, { completion: [] }, 2)).laws).toEqual([
    [0, 1, 0, 0],
    [0, 0, 1, 0]
  ])
})

test("several laws in one call, each with the penalties of its own prefix", async () => {
  const flat = fromFunction(3, () => [0, 0, 0])
  const options = { sampling: { presencePenalty: Math.LN2 }, promptTokens: [], maxTokens: 9 }
  const laws = await Effect.runPromise(
    Effect.flatMap(prepare(model(flat)), (prepared) =>
      target(prepared, options).laws({ prompt: [0], completion: [1, 2] }, 0)
    )
  )
  const shares = laws.map(({ probs }) => [...probs].map((p) => Math.round(p * 1000) / 1000))
  expect(shares).toEqual([
    [0.333, 0.333, 0.333],
    [0.4, 0.2, 0.4],
    [0.5, 0.25, 0.25]
  ])
})
