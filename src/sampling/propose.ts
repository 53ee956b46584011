import * as Stream from "effect/Stream"
import type { RowError } from "../formula/prepare.ts"
import type { TokenId } from "../vocabulary/vocabulary.ts"
import { drive, type Stage, type StageError, type StageOptions } from "./stage.ts"
import type { Action, StageMachine } from "./stage_machine.ts"
import type { Target } from "./target.ts"

/** How a first stage draws, and when it ends. */
export interface ProposeRules extends Pick<Target, "end" | "maxTokens"> {
  /** `race`: by the noise of the position, as the coupled verifier draws. Default `draw`. */
  readonly by?: "draw" | "race" | undefined
  /** The stream ends where no token is likelier than this: a draft that knows nothing. Default 0. */
  readonly confidence?: number | undefined
}

/** What a first stage remembers. */
export interface ProposeState {
  readonly completion: ReadonlyArray<TokenId>
  readonly ended: boolean
}

/**
 * The decisions of the first stage: draws one token after another. It ends after an end-of-text token, when the
 * completion is `maxTokens` long, and where its law is too flat, which is known before a token is drawn.
 */
export const proposing =
  (rules: ProposeRules): StageMachine<ProposeState> =>
  (completion) => ({
    init: { completion, ended: false },
    step: (state, reply) => {
      const { completion } = state
      if (reply._tag !== "Laws") {
        const over = state.ended || completion.length >= rules.maxTokens
        return [state, over ? { _tag: "End" } : { _tag: "Laws", completion, from: completion.length }]
      }
      const law = reply.laws[0]
      if (law === undefined || isFlat(law.probs, rules.confidence ?? 0)) {
        return [{ completion, ended: true }, { _tag: "End" }]
      }
      const token = reply.ask[rules.by ?? "draw"](completion.length, law.probs)
      const next = completion.concat(token)
      const emit: Action = {
        _tag: "Emit",
        drafted: [{ token, law, origin: "drawn" }],
        completion: next,
        rewind: false
      }
      return [{ completion: next, ended: rules.end.includes(token) }, emit]
    }
  })

const isFlat = (probs: Float64Array, confidence: number): boolean => {
  if (confidence === 0) return false
  for (let i = 0; i < probs.length; i++) if (probs[i]! > confidence) return false
  return true
}

/** The first stage: draws one token after another from the law of `target`, without asking for one not needed. */
export const propose = <E = RowError, R = never>(
  target: Target<E, R>,
  options: StageOptions & Pick<ProposeRules, "by" | "confidence">
): Stage<E | StageError, R> => {
  const { by, confidence } = options
  return drive(proposing({ ...target, by, confidence }), target, options)(() => Stream.empty)
}
