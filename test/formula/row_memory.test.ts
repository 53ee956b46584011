import { describe, expect, test } from "bun:test"
import * as fc from "fast-check"
import { row } from "../../src/formula/leaves.ts"
import type { LeafNode } from "../../src/formula/plan.ts"
import { rowMemory } from "../../src/formula/row_memory.ts"

const [a, b] = [row([0], { name: "a" }), row([0], { name: "b" })] as [LeafNode, LeafNode]
/** A row that says behind which tokens it was computed. */
const rowOf = (tokens: ReadonlyArray<number>) => Float32Array.from([tokens.length, ...tokens])
const rowsOf = (completion: ReadonlyArray<number>, from: number, to = completion.length) =>
  Array.from({ length: to - from + 1 }, (_, i) => rowOf(completion.slice(0, from + i)))

describe("rows along a text", () => {
  test("are found behind the tokens that they were computed behind, as far as they go", () => {
    const memory = rowMemory(9)
    memory.learn(a, [1, 2], 0, rowsOf([1, 2], 0))
    expect(memory.known(a, [1, 2], 0)).toEqual(rowsOf([1, 2], 0))
    expect(memory.known(a, [1, 2], 1)).toEqual(rowsOf([1, 2], 1))
    expect(memory.known(a, [1, 2, 3], 1)).toEqual(rowsOf([1, 2], 1))
    expect(memory.known(a, [1, 2, 3], 3)).toEqual([])
    expect(memory.known(b, [1, 2], 0)).toEqual([])
  })
  test("behind other tokens there are none, from where the texts part", () => {
    const memory = rowMemory(9)
    memory.learn(a, [1, 2], 0, rowsOf([1, 2], 0))
    expect(memory.known(a, [1, 3], 0)).toEqual(rowsOf([1, 3], 0, 1))
    expect(memory.known(a, [3, 2], 0)).toEqual([rowOf([])])
    expect(memory.known(a, [3, 2], 1)).toEqual([])
    memory.learn(a, [1, 3], 2, [rowOf([1, 3])])
    expect(memory.known(a, [1, 3], 0)).toEqual(rowsOf([1, 3], 0))
    expect(memory.known(a, [1, 2], 0)).toEqual(rowsOf([1, 2], 0, 1))
  })
  test("follow on one another; a gap begins anew", () => {
    const memory = rowMemory(9)
    memory.learn(a, [1], 0, rowsOf([1], 0))
    memory.learn(a, [1, 2], 2, rowsOf([1, 2], 2))
    expect(memory.known(a, [1, 2], 0)).toEqual(rowsOf([1, 2], 0))
    memory.learn(a, [1, 2, 3, 4], 4, rowsOf([1, 2, 3, 4], 4))
    expect(memory.known(a, [1, 2, 3, 4], 4)).toEqual([rowOf([1, 2, 3, 4])])
    expect(memory.known(a, [1, 2, 3, 4], 2)).toEqual([])
    memory.learn(a, [1], 1, [rowOf([1])])
    expect(memory.known(a, [1, 2, 3, 4], 1)).toEqual([rowOf([1])])
  })
  test("that stop short of the text do not reach further", () => {
    const memory = rowMemory(9)
    memory.learn(a, [1, 2, 3], 0, [rowOf([])])
    expect(memory.known(a, [1, 2, 3], 0)).toEqual([rowOf([])])
    memory.learn(a, [1, 2, 3], 3, [rowOf([1, 2, 3])])
    expect(memory.known(a, [1, 2, 3], 3)).toEqual([rowOf([1, 2, 3])])
    expect(memory.known(a, [1, 2, 3], 1)).toEqual([])
  })
  test("only the last are kept", () => {
    const memory = rowMemory(2)
    memory.learn(a, [1, 2, 3], 0, rowsOf([1, 2, 3], 0))
    expect(memory.known(a, [1, 2, 3], 1)).toEqual([])
    expect(memory.known(a, [1, 2, 3], 2)).toEqual(rowsOf([1, 2, 3], 2))
    memory.learn(a, [1, 2, 3, 4], 4, [rowOf([1, 2, 3, 4])])
    expect(memory.known(a, [1, 2, 3, 4], 2)).toEqual([])
    expect(memory.known(a, [1, 2, 3, 4], 3)).toEqual(rowsOf([1, 2, 3, 4], 3))
    // rows of another text make no room for themselves
    const other = rowMemory(3)
    other.learn(a, [1, 2], 0, rowsOf([1, 2], 0))
    other.learn(a, [3], 1, [rowOf([3])])
    other.learn(a, [3, 4], 2, [rowOf([3, 4])])
    expect(other.known(a, [3, 4], 0)).toEqual(rowsOf([3, 4], 0))
  })
})

test("what is found is what was learned behind these tokens; nothing of the last rows is lost (property)", () => {
  const step = fc.record({
    back: fc.nat(4),
    add: fc.array(fc.nat(1), { maxLength: 4 }),
    from: fc.nat(9),
    leaf: fc.constantFrom(a, b),
    probe: fc.tuple(fc.array(fc.nat(1), { maxLength: 6 }), fc.nat(9))
  })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.array(step, { maxLength: 20 }), (capacity, steps) => {
      const memory = rowMemory(capacity)
      // every row by the very tokens: what a memory without bounds would hold
      const naive = new Map<LeafNode, Set<string>>([
        [a, new Set()],
        [b, new Set()]
      ])
      let text: ReadonlyArray<number> = []
      for (const { add, back, from, leaf, probe } of steps) {
        text = [...text.slice(0, Math.max(0, text.length - back)), ...add]
        const first = Math.min(from, text.length)
        const found = memory.known(leaf, text, first)
        expect(found).toEqual(rowsOf(text, first).slice(0, found.length))
        // as a caller does: it learns what it did not find
        const begin = first + found.length
        if (begin <= text.length) {
          memory.learn(leaf, text, begin, rowsOf(text, begin))
          for (let n = begin; n <= text.length; n++) naive.get(leaf)!.add(text.slice(0, n).join())
          const last = Math.max(first, text.length - capacity + 1)
          expect(memory.known(leaf, text, last)).toEqual(rowsOf(text, last))
        }
        const [other, at] = probe
        for (const one of [a, b]) {
          const known = memory.known(one, other, at)
          expect(known.length).toBeLessThanOrEqual(Math.max(0, Math.min(capacity, other.length - at + 1)))
          for (const [i, its] of known.entries()) {
            expect(its).toEqual(rowOf(other.slice(0, at + i)))
            expect(naive.get(one)!.has(other.slice(0, at + i).join())).toBe(true)
          }
        }
      }
    }),
    { numRuns: 300 }
  )
})

test("costs: a run is one, and its time is divided evenly among its terms", () => {
  const memory = rowMemory(1)
  expect([memory.runs(), memory.cost(a)]).toEqual([0, { calls: 0, positions: 0, milliseconds: 0 }])
  memory.ran(
    [
      { leaf: a, positions: 3 },
      { leaf: b, positions: 1 }
    ],
    8
  )
  memory.ran([{ leaf: a, positions: 2 }], 5)
  expect(memory.runs()).toBe(2)
  expect(memory.cost(a)).toEqual({ calls: 2, positions: 5, milliseconds: 9 })
  expect(memory.cost(b)).toEqual({ calls: 1, positions: 1, milliseconds: 4 })
})
