import * as Result from "effect/Result"
import { Formula } from "../src/mod.ts"
import { compare, table } from "./table.ts"

/** Reading and printing formulas. */
export const parse = async (): Promise<string> => {
  const short =
    'prompt("child") - 0.6 * prompt("adult") + 2 * union(prompt("child"), prompt("magic")) + prompt("formal")'
  const long = Array.from(
    { length: 1000 },
    (_, i) => `${(i % 7) + 0.5} * union(a${i % 50}, topK(b${i % 30}, ${1 + (i % 9)}))`
  ).join(" + ")
  const names = Object.fromEntries(
    [..."ab"].flatMap((x) => Array.from({ length: 50 }, (_, i) => [`${x}${i}`, Formula.prompt(`${x}${i}`)]))
  )
  const formula = Result.getOrThrow(Formula.parse(long, { names }))
  const times = (n: number, f: () => unknown) => () => {
    for (let i = 0; i < n; i++) f()
    return n
  }
  const timings = await compare([
    { name: "parse the formula of the paper (100 characters)", run: times(500, () => Formula.parse(short)) },
    {
      name: `parse 1,000 terms (${Math.round(long.length / 1000)},000 characters)`,
      run: times(5, () => Formula.parse(long, { names }))
    },
    { name: "check 1,000 terms", run: times(5, () => Formula.check(formula)) },
    { name: "print 1,000 terms", run: times(5, () => Formula.print(formula)) }
  ])
  return table("Formulas", "call", timings)
}
