import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { chain, type Machine } from "../../src/machine/machine.ts"

const sum: Machine<number, number, number> = { init: 0, step: (total, x) => [total + x, total + x] }
const indexed: Machine<number, number, string> = { init: 0, step: (i, x) => [i + 1, `${i}:${x}`] }
const last: Machine<string, string, string> = { init: "-", step: (before, text) => [text, `${before}>${text}`] }

/** Every output of a machine over `inputs`, and its last state. */
const outputs = <S, I, O>(machine: Machine<S, I, O>, inputs: ReadonlyArray<I>): readonly [S, ReadonlyArray<O>] =>
  inputs.reduce<readonly [S, ReadonlyArray<O>]>(
    ([state, out], input) => {
      const [next, output] = machine.step(state, input)
      return [next, [...out, output]]
    },
    [machine.init, []]
  )

test("chain feeds the outputs of the first machine to the second", () => {
  const [state, out] = outputs(chain(sum, indexed), [5, 1, -2])
  expect(out).toEqual(["0:5", "1:6", "2:4"])
  expect(state).toEqual([4, 3])
})

test("chain can be piped", () => {
  expect(outputs(chain(indexed)(sum), [5, 1])).toEqual(outputs(chain(sum, indexed), [5, 1]))
})

test("chain groups in either way", () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), (inputs) => {
      const [, left] = outputs(chain(chain(sum, indexed), last), inputs)
      const [, right] = outputs(chain(sum, chain(indexed, last)), inputs)
      expect(left).toEqual(right)
    })
  )
})

test("an earlier state continues as if what came after had not been", () => {
  const machine = chain(sum, indexed)
  const kept = machine.step(machine.init, 1)[0]
  machine.step(machine.step(kept, 100)[0], 100)
  expect(machine.step(kept, 2)).toEqual([[3, 2], "1:3"])
})
