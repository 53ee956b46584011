import { describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as fc from "fast-check"
import { CurrentChance } from "../../src/sampling/chance.ts"
import { propose } from "../../src/sampling/propose.ts"
import type { Stage } from "../../src/sampling/stage.ts"
import { switching } from "../../src/speculation/switching.ts"
import { verify } from "../../src/speculation/verify.ts"
import { distance, exactLaw, keyed } from "../../src/testing/exact_law.ts"
import { plainLaw } from "../../src/testing/plain_law.ts"
import { law } from "../support/arbitraries.ts"
import { collect } from "../support/run.ts"
import { settled } from "./cases.ts"
import { lawFrom, targetOf } from "./tables.ts"

/** A stage that says its name, so many times at once. */
const named =
  (token: number, log: Array<string>, atOnce = 1): Stage<never> =>
  ({ completion }) =>
    Stream.suspend(() => {
      log.push(`${token} from [${completion}]`)
      return Stream.forever(
        Stream.fromIterable(Array.from({ length: atOnce }, () => ({ token, law: lawFrom(0.5, 0.5) })))
      )
    }).pipe(Stream.onExit(() => Effect.sync(() => log.push(`${token} closed`))))

describe("which stage goes on", () => {
  test("is asked wherever tokens came; only another one is opened anew", async () => {
    const log: Array<string> = []
    const [zero, one] = [named(0, log), named(1, log)]
    const stage = switching<never, never>(({ length }) => (length < 2 ? zero : one))
    const all = await collect(Stream.take(stage({ prompt: [], completion: [] }), 5))
    expect(all.map(({ token }) => token)).toEqual([0, 0, 1, 1, 1])
    expect(log).toEqual(["0 from []", "0 closed", "1 from [0,0]", "1 closed"])
  })
  test("it begins behind the completion that it was opened at, and may come back", async () => {
    const log: Array<string> = []
    const [zero, one] = [named(0, log), named(1, log)]
    const stage = switching<never, never>(({ length }) => (length % 2 === 0 ? zero : one))
    const all = await collect(Stream.take(stage({ prompt: [], completion: [1] }), 3))
    expect(all.map(({ token }) => token)).toEqual([1, 0, 1])
    expect(log).toEqual(["1 from [1]", "1 closed", "0 from [1,1]", "0 closed", "1 from [1,1,0]", "1 closed"])
  })
  test("a switch waits for the tokens that came at once", async () => {
    const log: Array<string> = []
    const [zero, one] = [named(0, log, 3), named(1, log)]
    const stage = switching<never, never>(({ length }) => (length < 2 ? zero : one))
    const all = await collect(Stream.take(stage({ prompt: [], completion: [] }), 5))
    expect(all.map(({ token }) => token)).toEqual([0, 0, 0, 1, 1])
    expect(log[2]).toBe("1 from [0,0,0]")
  })
})

test("it keeps the law that all its stages follow, wherever it switches by what is out (property)", async () => {
  const size = 2
  const each = <A>(of: fc.Arbitrary<A>, length: number) => fc.array(of, { minLength: length, maxLength: length })
  await fc.assert(
    fc.asyncProperty(
      each(each(law(size), size + 1), 3),
      each(fc.nat(2), 8),
      fc.constantFrom("rejection" as const, "block" as const),
      async (laws, choices, verifier) => {
        const text = { end: [], maxTokens: 3 }
        const next = laws.map(
          (rows) => (completion: ReadonlyArray<number>) => lawFrom(...rows[(completion.at(-1) ?? -1) + 1]!)
        )
        const run = Effect.flatMap(CurrentChance, (source) => {
          const options = { chance: source(0), sequence: 0, verifier }
          const [a, b, c] = next.map((one) => targetOf(one, text))
          const [first, second] = [a!, b!].map((draft) => propose(draft, { ...options, stage: 0 }))
          const stages = [
            propose(c!, { ...options, stage: 0 }),
            verify(c!, 2, { ...options, stage: 1 })(first!),
            verify(c!, 1, { ...options, stage: 1, bonus: false })(second!)
          ]
          // by the number of tokens, and by which they are
          const stage = switching((completion: ReadonlyArray<number>) => {
            const at = completion.reduce((sum, token) => 2 * sum + token, 2 ** completion.length - 1)
            return stages[choices[at % choices.length]!]!
          })
          return Effect.map(Stream.runCollect(stage({ prompt: [], completion: [] })), (all) =>
            all.map(({ token }) => token)
          )
        })
        const got = await Effect.runPromise(exactLaw(run))
        expect(distance(keyed(got), keyed(plainLaw(next[2]!, text)))).toBeLessThan(1e-10)
      }
    ),
    settled(60)
  )
}, 60_000)
