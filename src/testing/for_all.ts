import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as fc from "fast-check"
import { philox } from "../sampling/philox.ts"

/** A law does not hold: the message has the smallest counterexample that was found. */
export class LawBroken extends Data.TaggedError("LawBroken")<{
  readonly law: string
  readonly message: string
  /** The smallest value for which it does not hold. */
  readonly counterexample: unknown
  /** Gives the same values again. */
  readonly seed: number
}> {}

/** How hard a law is tried. */
export interface ForAllOptions {
  /** Values that are tried. Default: fast-check's own setting, or 100. */
  readonly numRuns?: number | undefined
  /** Default: fast-check's own setting, or 0. */
  readonly seed?: number | undefined
}

/**
 * Tries a law on many values and, where it does not hold, on smaller and smaller ones. `reason` says why it does not
 * hold for a value, or nothing; a failure is a reason too. As `fc.assert`, but an Effect, for any test runner.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict"
 * import { Effect } from "effect"
 * import * as fc from "fast-check"
 * import * as Testing from "polylogit/testing"
 *
 * const small = Testing.forAll("numbers are small", fc.nat(), (n) => Effect.succeed(n < 10 ? undefined : "it is not"))
 * const broken = await Effect.runPromise(Effect.flip(small))
 * equal(broken.counterexample, 10)
 * ```
 */
export const forAll = <A, R = never>(
  law: string,
  values: fc.Arbitrary<A>,
  reason: (value: A) => Effect.Effect<string | undefined, unknown, R>,
  options: ForAllOptions = {}
): Effect.Effect<void, LawBroken, R> =>
  Effect.gen(function* () {
    const given = fc.readConfigureGlobal()
    const seed = options.seed ?? given.seed ?? 0
    const numRuns = options.numRuns ?? given.numRuns ?? 100
    // a property only for its generating and shrinking
    const property = fc.property(values, () => true) as unknown as fc.IRawProperty<[A], false>
    const random = new fc.Random(generator(seed))
    for (let n = 0; n < numRuns; n++) {
      const first = property.generate(random, n)
      const why = yield* reasonOf(reason, first.value[0])
      if (why === undefined) continue
      let smallest = { value: first, why, shrinks: 0 }
      for (let smaller = property.shrink(first), tries = 0; tries < 1_000; tries++) {
        const next = smaller.next()
        if (next.done) break
        const still = yield* reasonOf(reason, next.value.value[0])
        if (still === undefined) continue
        smallest = { value: next.value, why: still, shrinks: smallest.shrinks + 1 }
        smaller = property.shrink(next.value)
      }
      const [counterexample] = smallest.value.value
      const after = `run ${n + 1}, ${smallest.shrinks} times made smaller, seed ${seed}`
      const message = `Not so: ${law}. ${smallest.why}. It was ${fc.stringify(counterexample)} (${after})`
      return yield* new LawBroken({ law, message, counterexample, seed })
    }
  })

const reasonOf = <A, R>(reason: (value: A) => Effect.Effect<string | undefined, unknown, R>, value: A) =>
  Effect.flatMap(Effect.exit(Effect.suspend(() => reason(value))), (exit): Effect.Effect<string | undefined> => {
    if (Exit.isSuccess(exit)) return Effect.succeed(exit.value)
    if (Cause.hasInterrupts(exit.cause)) return Effect.interrupt
    return Effect.succeed(
      Cause.prettyErrors(exit.cause)
        .map(({ message }) => message)
        .join("; ")
    )
  })

/** Random words for fast-check, from the counter-based generator of the sampler. */
const generator = (seed: number) => {
  const make = (from: number) => {
    let n = from
    return {
      clone: () => make(n),
      next: () => philox([n++, 0, 0, 0], [seed >>> 0, 0])[0] | 0,
      getState: () => [n]
    }
  }
  return make(0)
}
