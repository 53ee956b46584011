import type { Message } from "../vocabulary/chat_template.ts"
import type { TokenId } from "../vocabulary/vocabulary.ts"

/** What the user gives to be continued: text, token ids taken as they are, or a conversation. */
export type Prompt = string | ReadonlyArray<TokenId> | ReadonlyArray<Message>

/**
 * All that a formula's row depends on: the user's prompt, which each term puts behind its own, and the tokens
 * generated so far, which are the same for every term.
 */
export interface Context {
  readonly prompt: Prompt
  readonly completion: ReadonlyArray<TokenId>
}

/** A context with nothing generated yet. */
export const make = (prompt: Prompt, completion: ReadonlyArray<TokenId> = []): Context => ({ prompt, completion })

/** Whether a prompt is a conversation. */
export const isConversation = (prompt: Prompt): prompt is ReadonlyArray<Message> =>
  typeof prompt !== "string" && typeof prompt[0] === "object"
