import { describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import { Formula, LanguageModel } from "polylogit"
import { prepare } from "../../src/formula/prepare.ts"
import { perToken } from "../../src/speculation/cost.ts"
import { lattice, type Node } from "../../src/speculation/lattice.ts"
import { type Costs, type SearchOptions, search, tuned } from "../../src/speculation/search.ts"
import { survival } from "../../src/speculation/survival.ts"

const leaf = (name: string, i: number) =>
  Formula.model(
    LanguageModel.table(
      [
        [i, 1],
        [0, i]
      ] as never,
      { name: `${name}${i}` }
    )
  )
const sum = (first: Formula.Formula, ...weights: ReadonlyArray<number>) =>
  weights.reduce((all, weight, i) => all.pipe(Formula.add(Formula.scale(leaf("m", i + 1), weight))), first)
const latticeOf = async (formula: Formula.Formula) =>
  lattice(await Effect.runPromise(prepare(formula, { drafts: true })))

const [draft, main] = [leaf("draft", 7), leaf("main", 8)]
const geometric = (acceptance: number) => survival(acceptance, "rejection", 16)
/** Each term a run of its own, `costs[term - 1]` a run and as much for every further row times `slope`. */
const alone = (costs: ReadonlyArray<number>, slope = 0): Costs => ({
  runs: (asked) => asked.reduce((time, [term, rows]) => time + costs[term - 1]! * (1 + slope * (rows - 1)), 0),
  law: () => 0
})
const options = (costs: Costs, acceptance: (from: Node, to: Node) => number | undefined): SearchOptions => ({
  costs,
  acceptance,
  survival: geometric
})

describe("lattice", () => {
  test("holds the partial formulas with a law; a draft leads to its target, not back", async () => {
    const { next, nodes, whole } = await latticeOf(Formula.supersede(draft, main).pipe(Formula.add(leaf("m", 1))))
    const names = nodes.map((node) => node.join(" "))
    expect(new Set(names)).toEqual(new Set(["1", "2", "3", "1 3", "2 3"]))
    expect(whole).toEqual([2, 3])
    expect(names.at(-1)).toBe("2 3")
    const of = (name: string) => next.get(nodes[names.indexOf(name)]!)!.map((node) => node.join(" "))
    expect(of("1").sort()).toEqual(["1 3", "2", "2 3"])
    expect(of("2")).toEqual(["2 3"])
    expect(of("2 3")).toEqual([])
  })

  test("a prefix without positive weight is no stage", async () => {
    const { nodes } = await latticeOf(main.pipe(Formula.subtract(Formula.scale(leaf("m", 1), 0.5))))
    expect(nodes).toEqual([[1], [1, 2]])
  })

  test("of many terms it looks at some", async () => {
    const { nodes } = await latticeOf(sum(main, 1, 1, 1, 1, 1, 1, 1))
    expect(nodes.length).toBe(15)
  })
})

describe("search", () => {
  test("finds the s that minimizes the paper's expression for one draft stage", async () => {
    const one = await latticeOf(Formula.supersede(draft, main))
    for (const [a, cost] of [
      [0.5, 0.1],
      [0.8, 0.1],
      [0.9, 0.05],
      [0.7, 0.3]
    ] as const) {
      const paper = (s: number) => ((1 - a) * ((s - 1) * cost + 1)) / (1 - a ** s)
      const all = Array.from({ length: 16 }, (_, i) => i + 2)
      const best = all.reduce((x, y) => (paper(y) < paper(x) ? y : x))
      const [found] = search(
        one,
        options(alone([cost, 1]), () => a)
      )
      expect(found!.plan).toEqual({ order: [[1], [2]], draftLengths: [best - 1], bonus: [true] })
      expect(perToken(found!.flow)).toBeCloseTo(paper(best), 9)
    }
  })

  test("does not speculate where drafts are bad, or where terms together cost as one", async () => {
    const one = await latticeOf(Formula.supersede(draft, main))
    expect(
      search(
        one,
        options(alone([0.5, 1]), () => 0.3)
      )[0]!.plan.order
    ).toEqual([[2]])
    const three = await latticeOf(sum(main, 0.5, 0.2))
    const free: Costs = { runs: (asked) => 10 + asked.reduce((n, [, rows]) => n + 0.1 * rows, 0), law: () => 0 }
    expect(
      search(
        three,
        options(free, () => 0.95)
      )[0]!.plan
    ).toEqual({ order: [[1, 2, 3]], draftLengths: [] })
  })

  test("drafts far where drafts are cheap and good", async () => {
    const one = await latticeOf(Formula.supersede(draft, main))
    expect(
      search(
        one,
        options(alone([0.001, 1]), () => 0.97)
      )[0]!.plan.draftLengths[0]
    ).toBeGreaterThanOrEqual(12)
    expect(search(one, { ...options(alone([0.001, 1]), () => 0.97), longest: 5 })[0]!.plan.draftLengths).toEqual([5])
  })

  test("postpones weak terms, the weakest last, as the paper's example does", async () => {
    // M + 0.5 M_1 + 0.05 M_2, each a run of its own
    const three = await latticeOf(sum(main, 0.5, 0.05))
    const weight = (node: Node) => node.reduce((total, term) => total + [1, 0.5, 0.05][term - 1]!, 0)
    const acceptance = (from: Node, to: Node) => 1 - 0.3 * (1 - weight(from) / weight(to))
    const [found] = search(three, options(alone([1, 1, 1]), acceptance))
    expect(found!.plan.order.at(-1)).toEqual([3])
    expect(found!.plan.order[0]).toContain(1)
    const without = search(three, options(alone([1, 1, 1]), acceptance)).find(({ nodes }) => nodes.length === 1)!
    expect(perToken(found!.flow)).toBeLessThan(0.75 * perToken(without.flow))
  })

  test("keeps to the rows that are remembered, to the stages allowed, and off formulas without a law", async () => {
    const three = await latticeOf(sum(main, 0.5, 0.05))
    const by = options(alone([1, 1, 1]), () => 0.98)
    for (const { plan } of search(three, { ...by, reach: 20 })) {
      expect(plan.draftLengths.reduce((rows, length) => rows + 2 * length + 2, 2)).toBeLessThanOrEqual(20)
    }
    expect(search(three, { ...by, stages: 2 }).every(({ nodes }) => nodes.length <= 2)).toBe(true)
    expect(search(three, { ...by, acceptance: () => undefined }).map(({ plan }) => plan.order)).toEqual([[[1, 2, 3]]])
  })

  test("candidates come best first, and tuning makes none worse", async () => {
    const three = await latticeOf(sum(main, 0.5, 0.05))
    const by = options(alone([1, 2, 3], 0.05), (from, to) => 0.9 + 0.02 * (from.length + to.length - 3))
    const times = search(three, by).map(({ flow }) => perToken(flow))
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    for (const candidate of search(three, by)) {
      expect(perToken(tuned(candidate, by)!.flow)).toBeLessThanOrEqual(perToken(candidate.flow) + 1e-12)
    }
  })
})
