import { describe, expect, test } from "bun:test"
import * as fc from "fast-check"
import type { Mix } from "../../../src/backends/onnxruntime/mix.ts"
import type { Past, Runner } from "../../../src/backends/onnxruntime/runner.ts"
import { makeScorer, Stopped } from "../../../src/backends/onnxruntime/scorer.ts"

interface Written extends Past {
  readonly tokens: Array<number>
  /** The mix that each token was scored with. */
  readonly mixes: Array<Mix>
}
/** A past that is one of `living` until it is released, which it bears once. */
const written = (living: Set<Written>, tokens: Array<number> = [], mixes: Array<Mix> = []): Written => {
  const past: Written = {
    get tokens() {
      if (!living.has(past)) throw new Error("a past was used after it was released")
      return tokens
    },
    mixes,
    get length() {
      return past.tokens.length
    },
    get byteLength() {
      return past.tokens.length
    },
    truncate: (length) => {
      past.tokens.length = Math.min(length, past.tokens.length)
      mixes.length = past.tokens.length
    },
    copy: (length) => written(living, past.tokens.slice(0, length), mixes.slice(0, length)),
    release: () => {
      if (!living.delete(past)) throw new Error("a past was released twice")
    }
  }
  living.add(past)
  return past
}

/** A runner whose row is the sum of the context, its length and the mix; it counts what it runs. */
const counting = (options: Pick<Partial<Runner<Written>>, "slots" | "blockLength" | "needsOwnRun"> = {}) => {
  const runs: Array<ReadonlyArray<number>> = []
  const living = new Set<Written>()
  let failing = false
  const runner: Runner<Written> = {
    contextLength: 999,
    vocabularySize: 2,
    slots: options.slots ?? 4,
    blockLength: options.blockLength ?? 512,
    needsOwnRun: options.needsOwnRun,
    emptyPast: () => written(living),
    release: async () => {},
    run: async (blocks) => {
      if (failing) throw new Error("the runtime failed")
      runs.push(blocks.map(({ tokens }) => tokens.length))
      return blocks.map(({ mix, past, rows, tokens }) => {
        past.tokens.push(...tokens)
        past.mixes.push(...Array.from(tokens, () => mix))
        if (past.mixes.some((one) => `${one}` !== `${mix}`)) throw new Error("a past was used with another mix")
        return Array.from({ length: rows }, (_, i) => row(past.tokens.slice(0, past.tokens.length - rows + 1 + i), mix))
      })
    }
  }
  return {
    runner,
    living,
    runs,
    fail: (now: boolean) => {
      failing = now
    }
  }
}
const row = (context: ReadonlyArray<number>, mix: Mix = undefined) =>
  Float32Array.of(
    context.length + (mix === undefined ? 0 : mix[0]! / 8),
    context.reduce((sum, t, i) => sum + t * (i + 1), 0)
  )
const job = (context: ReadonlyArray<number>, from = context.length, mix?: number) => ({
  context: Int32Array.from(context),
  from,
  mix: mix === undefined ? undefined : Float32Array.of(mix)
})
const range = (n: number, first = 0) => Array.from({ length: n }, (_, i) => first + i)
const wanted = (context: ReadonlyArray<number>, from: number, mix?: number) =>
  range(context.length - from + 1, from).map((n) =>
    row(context.slice(0, n), mix === undefined ? mix : Float32Array.of(mix))
  )

test("any calls give the rows of the contexts, whatever the room, the slots and the blocks", () => {
  const context = fc.array(fc.nat(1), { minLength: 1, maxLength: 60 })
  const mix = fc.constantFrom(undefined, undefined, 1, 2)
  const call = fc.array(fc.tuple(context, fc.nat(99), mix), { minLength: 1, maxLength: 7 })
  return fc.assert(
    fc.asyncProperty(
      fc.array(call, { maxLength: 6 }),
      fc.record({ slots: fc.integer({ min: 1, max: 4 }), blockLength: fc.constantFrom(1, 3, 512) }),
      fc.constantFrom(0, 40, 9999),
      fc.integer({ min: 0, max: 50 }),
      fc.constantFrom(undefined, (one: Mix) => one?.[0] === 2),
      async (calls, options, room, common, needsOwnRun) => {
        const { living, runner } = counting({ ...options, needsOwnRun })
        const { byteLength, score } = makeScorer(runner, room)
        for (const jobs of calls) {
          const asked = jobs.map(([own, at, mix]) => {
            const context = [...range(common), ...own]
            return { context, from: 1 + (at % context.length), mix }
          })
          const rows = await score(asked.map(({ context, from, mix }) => job(context, from, mix)))
          expect(rows).toEqual(asked.map(({ context, from, mix }) => wanted(context, from, mix)))
          // every past that is not kept was released
          expect([...living].reduce((sum, past) => sum + past.byteLength, 0)).toBe(byteLength())
        }
      }
    ),
    { numRuns: 300 }
  )
})

describe("mixes", () => {
  const ran = async (
    calls: ReadonlyArray<ReadonlyArray<ReturnType<typeof job>>>,
    needsOwnRun?: (mix: Mix) => boolean
  ) => {
    const { runner, runs } = counting({ needsOwnRun })
    const { score } = makeScorer(runner, 9999)
    for (const jobs of calls) await score(jobs)
    return runs
  }
  test("go together in one run, and each keeps its own past", async () => {
    const all = (n: number) => [job(range(n), n), job(range(n), n, 1), job(range(n), n, 2), job([9, 9, 9, 9, n])]
    expect(await ran([all(40), all(41)])).toEqual([
      [40, 40, 40, 5],
      [1, 1, 1, 1]
    ])
  })
  test("that are equal are one, those that are not are not", async () =>
    expect(await ran([[job(range(9), 9, 1), job(range(9), 3, 1), job(range(9), 9, 2)]])).toEqual([[9, 9]]))
  test("that need a run of their own get one, with those that are equal", async () => {
    const jobs = [job([1], 1, 1), job([2], 1, 2), job([3, 3], 2), job([4, 4, 4], 3, 2), job([5], 1, 3)]
    expect(await ran([jobs], (mix) => mix?.[0] === 2)).toEqual([
      [1, 2, 1],
      [1, 3]
    ])
    expect(await ran([jobs.toReversed().slice(1)], (mix) => mix?.[0] === 2)).toEqual([
      [3, 1],
      [2, 1]
    ])
  })
})

describe("what was scored before is not run again", () => {
  const ran = async (calls: ReadonlyArray<ReadonlyArray<ReturnType<typeof job>>>, room = 9999, slots = 4) => {
    const { runner, runs } = counting({ slots })
    const { score } = makeScorer(runner, room)
    for (const jobs of calls) await score(jobs)
    return runs
  }
  test("one more token", async () => expect(await ran([[job(range(9))], [job(range(10))]])).toEqual([[9], [1]]))
  test("the same again", async () => expect(await ran([[job(range(9))], [job(range(9))]])).toEqual([[9], [1]]))
  test("a shorter one", async () => expect(await ran([[job(range(9))], [job(range(4))]])).toEqual([[9], [1]]))
  test("as far as rows are asked for", async () =>
    expect(await ran([[job(range(9))], [job(range(9), 4)]])).toEqual([[9], [6]]))
  test("a draft that parts from it", async () =>
    expect(await ran([[job(range(9))], [job([...range(7), 50, 51])]])).toEqual([[9], [2]]))
  test("equal requests are one", async () =>
    expect(await ran([[job(range(9)), job(range(9), 3), job(range(9))]])).toEqual([[9]]))
  test("sequences in turn keep their own", async () => {
    const [a, b] = [
      [1, ...range(40)],
      [2, ...range(40)]
    ]
    expect(
      await ran([
        [job(a), job(b)],
        [job([...a, 5]), job([...b, 6])]
      ])
    ).toEqual([
      [41, 41],
      [1, 1]
    ])
  })
  test("a long common prefix is run once", async () => {
    const prompt = range(100)
    expect(await ran([[job([...prompt, 1]), job([...prompt, 2]), job([...prompt, 3])]])).toEqual([[101], [1, 1]])
  })
  test("a short common prefix is not waited for", async () =>
    expect(await ran([[job([...range(20), 1]), job([...range(20), 2])]])).toEqual([[21, 21]]))
  test("a long continuation survives one that parts from it", async () => {
    const long = range(100)
    expect(await ran([[job(long)], [job([...range(50), 7])], [job([...long, 8])]])).toEqual([[100], [1], [1]])
  })
  test("two that continue one context", async () => {
    const prompt = range(60)
    expect(
      await ran([
        [job(prompt)],
        [job([...prompt, 1]), job([...prompt, 2])],
        [job([...prompt, 1, 1]), job([...prompt, 2, 2])]
      ])
    ).toEqual([[60], [1, 1], [1, 1]])
  })
  test("the room is kept: the least recently used goes first", async () => {
    const [a, b, c] = [1, 2, 3].map((first) => [first, ...range(29)])
    const calls = [[job(a!)], [job(b!)], [job(a!)], [job(c!)], [job(a!)], [job(b!)]]
    expect(await ran(calls, 60)).toEqual([[30], [30], [1], [30], [1], [30]])
  })
  test("more requests than slots take several runs", async () => {
    const many = [1, 2, 3, 4, 5].map((first) => job([first, 0]))
    expect(await ran([many], 9999, 2)).toEqual([[2, 2], [2, 2], [2]])
  })
})

test("nothing beyond the room is kept", async () => {
  const { byteLength, score } = makeScorer(counting().runner, 50)
  for (let first = 0; first < 9; first++) await score([job([first + 100, ...range(20)])])
  expect(byteLength()).toBe(42)
})

test("a run that fails leaves a scorer that works", async () => {
  const { fail, runner } = counting({ blockLength: 2 })
  const { score } = makeScorer(runner, 9999)
  await score([job(range(5))])
  fail(true)
  expect(score([job([...range(3), 9, 9, 9])])).rejects.toThrow("the runtime failed")
  fail(false)
  for (const context of [[...range(3), 9, 9, 9], range(9)])
    expect(await score([job(context, 1)])).toEqual([wanted(context, 1)])
})

test("a call that nobody waits for stops between two runs", async () => {
  const { runner, runs } = counting({ blockLength: 2 })
  const { score } = makeScorer(runner, 9999)
  expect(score([job(range(9))], () => runs.length === 2)).rejects.toBeInstanceOf(Stopped)
  await Bun.sleep(1)
  expect(runs.length).toBe(2)
  expect(await score([job(range(9), 1)])).toEqual([wanted(range(9), 1)])
})

test("no run has more new tokens than runLength, shared between its sequences", async () => {
  const { runner, runs } = counting()
  const scorer = makeScorer(runner, 1e9, 6)
  const [one, two] = [range(10, 1), range(4, 500)]
  const [rows] = await scorer.score([job(one), job(two)])
  expect(rows).toEqual(wanted(one, 10))
  expect(runs).toEqual([[3, 3], [3, 1], [4]])
})
