import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { stopTexts } from "../../src/generation/stop_texts.ts"

const run = (stops: ReadonlyArray<string>, pieces: ReadonlyArray<string>) => {
  const machine = stopTexts(stops)
  let state = machine.init
  const shown: Array<string> = []
  for (const piece of pieces) {
    const [next, out] = machine.step(state, piece)
    state = next
    shown.push(out.text)
  }
  return { shown, held: state.held, stopped: state.stopped }
}

test.each([
  [["END"], ["a", "E", "N", "D", "b"], ["a", "", "", "", ""], "", true],
  [["END"], ["a", "E", "N", "E", "N", "D"], ["a", "", "", "EN", "", ""], "", true],
  [["ab", "b"], ["a", "b"], ["", ""], "", true],
  [["aab"], ["aaa", "b"], ["a", ""], "", true],
  [["xy"], ["x"], [""], "x", false],
  [[], ["x", "y"], ["x", "y"], "", false]
])("stops %p over %p show %p", (stops, pieces, shown, held, stopped) => {
  expect(run(stops, pieces)).toEqual({ shown, held, stopped })
})

const letters = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 12 })

test("whatever the pieces: what is shown is the text before the first stop text, and nothing of it came early", () => {
  const stop = fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(
      fc.array(letters, { maxLength: 6 }),
      fc.array(stop, { minLength: 1, maxLength: 3 }),
      (pieces, stops) => {
        const text = pieces.join("")
        const { held, shown, stopped } = run(stops, pieces)
        // The first moment at which some stop text is complete, letter by letter
        const ends = stops.flatMap((one) => (text.includes(one) ? [text.indexOf(one) + one.length] : []))
        expect(stopped).toBe(ends.length > 0)
        const output = shown.join("") + held
        if (stopped) {
          expect(stops.some((one) => text.startsWith(output + one))).toBe(true)
          expect(stops.some((one) => output.includes(one))).toBe(false)
        } else expect(output).toBe(text)
      }
    )
  )
})
