import * as Predicate from "effect/Predicate"

/**
 * The Jinja source in what a model's files hold: the text of `chat_template.jinja`; `chat_template.json` or
 * `tokenizer_config.json`, parsed, whose `chat_template` is a source or a list of named ones, of which "default" is
 * taken. `undefined` where there is none.
 */
export const chatTemplateSource = (file: unknown): string | undefined => {
  if (typeof file === "string") return file
  const template = Predicate.isReadonlyObject(file) ? file.chat_template : file
  if (typeof template === "string") return template
  if (!Array.isArray(template)) return undefined
  const source: unknown = template.find((one) => Predicate.isReadonlyObject(one) && one.name === "default")?.template
  return typeof source === "string" ? source : undefined
}
