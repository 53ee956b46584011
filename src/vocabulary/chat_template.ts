import { chatTemplate } from "./jinja_template.ts"

/** One turn of a conversation. */
export interface Message {
  readonly role: "system" | "user" | "assistant"
  readonly content: string
}

/** Renders a conversation as the one text that a chat model was trained on. */
export interface ChatTemplate {
  /** The template's source; part of what tells two terms apart. */
  readonly source: string
  /** Throws `TemplateError` where the template refuses the messages. */
  readonly render: (messages: ReadonlyArray<Message>, options: { readonly addGenerationPrompt: boolean }) => string
}

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
