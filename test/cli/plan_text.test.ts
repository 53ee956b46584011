import { describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { printPlans, readPlan } from "../../src/cli/plan_text.ts"
import { prompt } from "../../src/formula/leaves.ts"
import { add } from "../../src/formula/operators.ts"
import type { Switch } from "../../src/speculation/plan.ts"
import { anyText } from "../support/formulas.ts"

const [tale, poem] = [prompt("A fairy tale."), prompt("A poem.")]
const names = { tale, süß_2: poem, both: add(tale, poem) }
const read = (text: string) => Effect.runPromise(readPlan(text, names))
const refusal = async (text: string) => (await Effect.runPromise(Effect.flip(readPlan(text, names)))).message

describe("a plan as text", () => {
  const cases: ReadonlyArray<readonly [string, unknown]> = [
    ["auto", "auto"],
    [" off ", "off"],
    ["1", [{ order: [[1]], draftLengths: [] }]],
    ["1 > 2:4 > 3+4:3", [{ order: [[1], [2], [3, 4]], draftLengths: [4, 3] }]],
    ["1>2 : 4", [{ order: [[1], [2]], draftLengths: [4] }]],
    ["1+2>3:1!>4:2+1", [{ order: [[1, 2], [3], [4]], draftLengths: [1, 2], bonus: [false, true] }]],
    ["tale > süß_2:4", [{ order: [[tale], [poem]], draftLengths: [4] }]],
    [
      "1>2:4;@40 1>2:8",
      [
        { order: [[1], [2]], draftLengths: [4] },
        { at: 40, order: [[1], [2]], draftLengths: [8] }
      ]
    ]
  ]
  test.each(cases)("%s", async (text, plan) => expect(await read(text)).toEqual(plan as never))

  test("printed plans are read as they were", async () => {
    const numbers = fc.array(fc.nat(50), { minLength: 1, maxLength: 3 })
    const plan = fc.array(numbers, { minLength: 1, maxLength: 4 }).chain((order) => {
      const later = { minLength: order.length - 1, maxLength: order.length - 1 }
      return fc.record<Switch>(
        {
          at: fc.nat(500),
          order: fc.constant(order),
          draftLengths: fc.array(fc.integer({ min: 1, max: 99 }), later),
          bonus: fc.array(fc.boolean(), later)
        },
        { requiredKeys: ["at", "order", "draftLengths"] }
      )
    })
    await fc.assert(
      fc.asyncProperty(fc.array(plan, { minLength: 1, maxLength: 3 }), async (plans) => {
        const got = (await read(printPlans(plans))) as ReadonlyArray<Partial<Switch>>
        expect(got.map((one) => ({ at: 0, ...one }))).toEqual(
          plans.map(({ bonus, ...one }) =>
            bonus === undefined || bonus.length === 0 ? one : { ...one, bonus }
          ) as never
        )
      })
    )
  })
})

describe("a text that is no plan is refused in one line", () => {
  const cases: ReadonlyArray<readonly [string, string]> = [
    ["", "expected auto, off, or groups of terms such as '1 > 2:4 > 3+4:3', and \"\" came"],
    ["1 > 2", "\"2\" has no draft length, as :4 in '1 > 2:4'"],
    ["1:3 > 2:4", "the first group drafts and has no draft length"],
    ["1 > 2:-4", 'and "2:-4" came'],
    ["1 > 2:NaN", 'and "2:NaN" came'],
    ["1 > 2:1e9", 'and "2:1e9" came'],
    ["1 > 2:1.5", 'and "2:1.5" came'],
    [`1 > 2:${"9".repeat(400)}`, "Cannot read --speculate"],
    ["1 > 2:4 > 3:3!", "! and +1 stand behind every draft length or behind none"],
    ["@x 1 > 2:4", "@ and a position stand before a plan"],
    [
      "tale > größe:4",
      "there is no term named \"größe\"; give a number as 'polylogit explain' lists them, or one of tale, süß_2"
    ],
    ["tale > both:4", '"both" names a formula that is not a single term'],
    ["tale > __proto__:4", 'there is no term named "__proto__"'],
    ["1 > 2:4\n> 3:\u0000", "Cannot read --speculate"]
  ]
  test.each(cases)("%j", async (text, message) => {
    const told = await refusal(text)
    expect(told).toContain(message)
    expect(told).not.toMatch(/\n/)
    expect(told.length).toBeLessThan(300)
  })
  test("whatever the text", async () => {
    const pieces = fc.array(fc.constantFrom("1", "2", ">", "+", ":", "4", "!", "@", ";", " ", "tale", "-", "é"), {
      maxLength: 12
    })
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          anyText,
          pieces.map((all) => all.join(""))
        ),
        async (text) => {
          const exit = await Effect.runPromiseExit(readPlan(text, names))
          if (exit._tag === "Failure") expect(await refusal(text)).toStartWith("Cannot read --speculate ")
          else expect(exit.value).toBeDefined()
        }
      ),
      { numRuns: 300 }
    )
  })
})
