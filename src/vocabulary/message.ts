/** One turn of a conversation. */
export interface Message {
  readonly role: "system" | "user" | "assistant"
  readonly content: string
}

/** Renders a conversation as the one text that a chat model was trained on. */
export interface Renderer {
  /** The template's source; part of what tells two terms apart. */
  readonly source: string
  /** Throws `TemplateError` where the template refuses the messages. */
  readonly render: (messages: ReadonlyArray<Message>, options: { readonly addGenerationPrompt: boolean }) => string
}
