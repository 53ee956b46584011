import { expect, test } from "bun:test"
import { polylogit } from "../support/cli.ts"

const formula = `supersede(model("tales-ngram"), prompt("A fairy tale.")) + 0.5 * prompt("A poem.")`

test("explain --plan tells terms, costs, acceptances and plans, as text and as JSON", async () => {
  const text = await polylogit(["explain", formula, "--plan", "--temperature", "0.8"])
  expect([text.code, text.err]).toEqual([0, ""])
  expect(text.out).toMatch(/^plan {8}[\d+> :!]+, .* ms a token expected, \d\.\d\dx of no speculation\n/)
  for (const part of ['2. prompt("A fairy tale.")', "terms 2, 3 together", "kept by another", "plans considered"]) {
    expect(text.out).toContain(part)
  }
  const { code, out } = await polylogit(["explain", formula, "--plan", "--json", "--verifier", "coupled"])
  const report = JSON.parse(out)
  expect(code).toBe(0)
  expect(report.terms.map(({ number }: { number: number }) => number)).toEqual([1, 2, 3])
  expect(report.candidates[0]).toEqual(report.chosen)
  const off = report.candidates.find(({ plan }: { plan: { order: ReadonlyArray<unknown> } }) => plan.order.length === 1)
  expect(off).toMatchObject({ speedup: 1, plan: { order: [[2, 3]], draftLengths: [] } })
  for (const { acceptance } of report.acceptance) expect(acceptance > 0 && acceptance <= 1).toBe(true)
}, 30_000)

test("mistakes in what --plan goes by are told in a line", async () => {
  const { code, err, out } = await polylogit(["explain", formula, "--plan", "--count", "0"])
  expect([code, out]).toEqual([2, ""])
  expect(err).toMatch(/^polylogit: Cannot generate with these options: .*count, got 0\n$/)
})
