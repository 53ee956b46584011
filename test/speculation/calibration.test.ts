import { describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { Formula, LanguageModel, Speculation } from "polylogit"
import { prepare } from "../../src/formula/prepare.ts"
import { calibrate } from "../../src/speculation/calibrate.ts"
import { measure } from "../../src/speculation/machine_costs.ts"
import { fakeMachine } from "./fake_machine.ts"

const flat = (context: ReadonlyArray<number>) => [0, 1, context.length % 2]

describe("calibrate", () => {
  test("finds a linear cost, also between and beyond the points that were measured", async () => {
    const machine = fakeMachine()
    const cost = (sequences: number, positions: number) => 10 + 2 * sequences + 0.5 * positions
    const model = machine.model("linear", flat, cost)
    const time = Speculation.runTime(await machine.run(calibrate(model, { sequences: 4 })))
    for (const [sequences, positions] of [
      [1, 1],
      [1, 3],
      [1, 20],
      [2, 7],
      [3, 3],
      [4, 11],
      [6, 40]
    ] as const) {
      expect(time(sequences, positions)).toBeCloseTo(cost(sequences, positions), 6)
    }
  })

  test("stays near its budget, and tells the most with the little that it measures", async () => {
    const machine = fakeMachine()
    const model = machine.model("slow", flat, (sequences, positions) => 900 + 50 * sequences + 10 * positions)
    const calibration = await machine.run(calibrate(model, { sequences: 3, budget: 2000 }))
    expect(machine.now()).toBeLessThan(6000)
    expect(calibration.milliseconds).toBe(machine.now())
    expect(Speculation.runTime(calibration)(1, 1)).toBeCloseTo(960, 0)
    expect(Speculation.runTime(calibration)(3, 3)).toBeCloseTo(1080, 0)
  })

  test("a model with a small window is asked for what fits", async () => {
    const model = LanguageModel.fromFunction(3, flat, { contextLength: 6 })
    const { points } = await Effect.runPromise(calibrate(model, { sequences: 2 }))
    expect(points.length).toBeGreaterThan(1)
  })

  test("a model that fails fails typed", async () => {
    const model = LanguageModel.fromFunction(3, () => {
      throw new Error("no")
    })
    expect(await Effect.runPromise(Effect.flip(calibrate(model, { sequences: 1 })))).toMatchObject({
      _tag: "ModelError"
    })
  })

  test("is plain data that survives JSON", async () => {
    const machine = fakeMachine()
    const calibration = await machine.run(
      calibrate(
        machine.model("a", flat, () => 1),
        { sequences: 2 }
      )
    )
    const again = Schema.decodeUnknownSync(Speculation.Calibration)(JSON.parse(JSON.stringify(calibration)))
    expect(again).toEqual(calibration)
  })
})

test("runTime never falls with the positions where it was measured, and is never below 0 (property)", () => {
  const point = fc.record({
    sequences: fc.integer({ min: 1, max: 4 }),
    positions: fc.integer({ min: 1, max: 32 }),
    milliseconds: fc.double({ min: 0.001, max: 1000, noNaN: true })
  })
  fc.assert(
    fc.property(fc.array(point, { maxLength: 12 }), fc.integer({ min: 1, max: 6 }), (points, sequences) => {
      const time = Speculation.runTime({ points, milliseconds: 0 })
      const measured = points.map((one) => one.sequences)
      const within = sequences >= Math.min(...measured) && sequences <= Math.max(...measured)
      let last = 0
      for (let positions = 1; positions < 40; positions++) {
        const now = time(sequences, positions)
        expect(now).toBeGreaterThanOrEqual(within ? last - 1e-9 : 0)
        last = now
      }
    })
  )
})

test("measuring looks into the cache first, and measures again for more sequences in one run", async () => {
  const machine = fakeMachine()
  const model = machine.model("counted", flat, () => 5)
  const store = Speculation.storeInMemory()
  const one = Formula.model(model)
  const two = one.pipe(Formula.add(Formula.prompt("other", { model })))
  const times = (formula: Formula.Formula, count: number) =>
    Effect.flatMap(prepare(formula, { drafts: true }), (prepared) => measure(prepared, count)).pipe(
      Effect.map(({ milliseconds }) => milliseconds),
      Effect.provideService(Speculation.CalibrationCache, store)
    )
  expect(await machine.run(times(one, 1))).toBeGreaterThan(0)
  expect(await machine.run(times(one, 1))).toBe(0)
  expect(await machine.run(times(one, 3))).toBeGreaterThan(0)
  expect(await machine.run(times(two, 1))).toBe(0)
  const kept = await Effect.runPromise(store.get(model.weights))
  expect(Math.max(...kept!.points.map(({ sequences }) => sequences))).toBe(3)
})
