import type { Action, Drafted, StageMachine } from "../sampling/stage_machine.ts"
import type { Target } from "../sampling/target.ts"
import type { TokenId } from "../vocabulary/vocabulary.ts"
import type { Rule } from "./rule.ts"
import { strange } from "./strange.ts"

/** What a verifying stage goes by. */
export interface VerifyRules extends Pick<Target, "end" | "maxTokens"> {
  readonly draftLength: number
  readonly rule: Rule
  readonly bonus: boolean
}

/** What a verifying stage remembers. */
export interface VerifyState {
  /** Prompt aside, the text that is out. */
  readonly completion: ReadonlyArray<TokenId>
  /** Drafts that were pulled and not yet checked. */
  readonly held: ReadonlyArray<Drafted>
  /** The stage above has no more of them. */
  readonly dry: boolean
  /** The text has ended. */
  readonly ended: boolean
  /** Drafts of the block whose laws were asked for. */
  readonly checked: number
  /** The laws that were asked for: with a bonus token to come, one more. */
  readonly asked: number
}

/**
 * The decisions of a verifying stage. A block is as many drafts as are wanted, or fewer where the stage above has no
 * more; it never ends because of the token that would come next. Whether a bonus token is drawn depends on how many
 * drafts are held, not on which.
 */
export const verifying =
  (rules: VerifyRules): StageMachine<VerifyState> =>
  (begin) => ({
    init: { completion: begin, held: [], dry: false, ended: false, checked: 0, asked: 0 },
    step: (state, reply) => {
      switch (reply._tag) {
        case "Next":
          return next(state, rules)
        case "Dry":
          return next({ ...state, dry: true }, rules)
        case "Pulled":
          return next({ ...state, held: [...state.held, ...reply.drafted] }, rules)
        case "Laws": {
          const { completion, held } = state
          const laws = reply.laws.slice(0, state.asked)
          if (laws[0] === undefined) return [{ ...state, ended: true }, { _tag: "End" }]
          const checked = Math.min(state.checked, laws.length)
          const drafts = held.slice(0, checked)
          const refused = strange(drafts, laws[0].probs.length)
          if (refused !== undefined) return [state, { _tag: "Refuse", message: refused }]
          const verdict = rules.rule({ drafts, laws, position: completion.length }, reply.ask)
          const out = drafts
            .slice(0, verdict.kept)
            .map(({ token }, i): Drafted => ({ token, law: laws[i]!, origin: "kept" }))
          if (verdict.kept === 0 && verdict.next === undefined) return [state, { _tag: "Refuse", message: nothing }]
          const rewind = verdict.next !== undefined
          if (verdict.next !== undefined) {
            const origin = verdict.kept < checked ? "replaced" : "bonus"
            out.push({ token: verdict.next, law: laws[verdict.kept]!, origin })
          }
          const after: VerifyState = {
            completion: completion.concat(out.map(({ token }) => token)),
            held: rewind ? [] : held.slice(checked),
            dry: rewind ? false : state.dry,
            ended: rules.end.includes(out.at(-1)!.token),
            checked: 0,
            asked: 0
          }
          const drafted = out as [Drafted, ...Array<Drafted>]
          const verified = { drafts, kept: verdict.kept, laws }
          return [after, { _tag: "Emit", drafted, completion: after.completion, rewind, verified }]
        }
      }
    }
  })

const nothing = "Cannot go on from a rule that keeps no draft and gives no token in its place"

const next = (state: VerifyState, rules: VerifyRules): readonly [VerifyState, Action] => {
  const { completion, dry, ended, held } = state
  const room = rules.maxTokens - completion.length
  if (ended || room <= 0) return [state, { _tag: "End" }]
  // with a bonus token to come, a draft for the last place of the text would be one too many
  const most = rules.bonus ? Math.max(room - 1, Math.min(room, held.length)) : room
  const wanted = Math.min(rules.draftLength, most)
  const last = held.at(-1)
  const whole = last !== undefined && rules.end.includes(last.token)
  if (held.length < wanted && !dry && !whole) return [state, { _tag: "Pull" }]
  const checked = Math.min(held.length, wanted)
  const bonus = checked === 0 || (rules.bonus && checked === held.length && checked < room && !whole)
  const block = held.slice(0, bonus ? checked : checked - 1).map(({ token }) => token)
  return [
    { ...state, checked, asked: block.length + 1 },
    { _tag: "Laws", completion: completion.concat(block), from: completion.length }
  ]
}
