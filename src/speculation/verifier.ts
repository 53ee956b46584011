import { block } from "./block.ts"
import { coupled } from "./coupled.ts"
import { rejection } from "./rejection.ts"
import type { Rule } from "./rule.ts"

/** How drafts are checked: token by token, block by block, or against the target's own draw under the same noise. */
export type Verifier = "rejection" | "block" | "coupled"

/** The rule of a verifier, and how a first stage under it draws. */
export const verifiers: {
  readonly [V in Verifier]: { readonly rule: Rule; readonly by: "draw" | "race" }
} = {
  rejection: { rule: rejection, by: "draw" },
  block: { rule: block, by: "draw" },
  coupled: { rule: coupled, by: "race" }
}
