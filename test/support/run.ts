import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

/** Everything that a stream gives. */
export const collect = <A, E>(stream: Stream.Stream<A, E>): Promise<ReadonlyArray<A>> =>
  Effect.runPromise(Stream.runCollect(stream))

/** The error that an effect fails with. */
export const failure = <A, E>(effect: Effect.Effect<A, E>): Promise<E> => Effect.runPromise(Effect.flip(effect))
