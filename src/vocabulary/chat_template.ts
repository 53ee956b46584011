import { chatTemplate } from "./jinja_template.ts"
import type { Renderer } from "./message.ts"

export type { Message } from "./message.ts"

/** Renders a conversation as the one text that a chat model was trained on. */
export type ChatTemplate = Renderer

/**
 * Templates from their Jinja source; see `chatTemplate`.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict"
 * import { Result } from "effect"
 * import { Vocabulary } from "polylogit"
 *
 * const source = "{% for m in messages %}<{{ m.role }}>{{ m.content | trim }}{{ eos_token }}{% endfor %}"
 * const template = Result.getOrThrow(Vocabulary.ChatTemplate.make(source, { specialTokens: { eos_token: "</s>" } }))
 * equal(template.render([{ role: "user", content: " Hi" }], { addGenerationPrompt: true }), "<user>Hi</s>")
 * ```
 */
export const ChatTemplate = { make: chatTemplate }
