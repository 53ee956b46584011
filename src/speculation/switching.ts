import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Stage } from "../sampling/stage.ts"
import { reopening } from "../sampling/upstream.ts"
import type { TokenId } from "../vocabulary/vocabulary.ts"

/**
 * A stage that may become another one wherever it has given tokens: `choose` says which is to go on behind a completion,
 * by looking at nothing but what is already out. All of them have to follow one law; then so does this one.
 */
export const switching =
  <E, R>(choose: (completion: ReadonlyArray<TokenId>) => Stage<E, R>): Stage<E, R> =>
  ({ completion: begin, prompt }) =>
    Stream.transformPull(Stream.empty, (_, scope) =>
      Effect.sync(() => {
        // grows in place: a copy for each token would make long texts slow
        const completion = [...begin]
        let current = choose(completion)
        const { close, pull } = reopening(() => current({ prompt, completion: [...completion] }), scope)
        return Effect.gen(function* () {
          const next = choose(completion)
          if (next !== current) {
            current = next
            yield* close
          }
          const drafted = yield* pull
          for (const { token } of drafted) completion.push(token)
          return drafted
        })
      })
    )
