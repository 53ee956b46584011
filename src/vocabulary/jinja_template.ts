import { Environment, Interpreter, parse, tokenize } from "@huggingface/jinja"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Renderer } from "./message.ts"
import { callPythonMethods, pythonMethods } from "./python_string.ts"
import { strftime } from "./strftime.ts"

/** A template that cannot be read, or that refuses the messages. */
export class TemplateError extends Schema.TaggedError<TemplateError>()("TemplateError", {
  message: Schema.String
}) {}

/** What a template can name besides the messages. */
export interface TemplateOptions {
  /** `bos_token`, `eos_token` and so on, as texts. */
  readonly specialTokens?: { readonly [name: string]: string } | undefined
  /** The day that a template may print; the clock of the machine by default. */
  readonly now?: (() => Date) | undefined
}

const range = (...bounds: ReadonlyArray<number>): ReadonlyArray<number> => {
  const [start, stop, step = 1] = bounds.length === 1 ? [0, bounds[0]!] : [bounds[0]!, bounds[1]!, bounds[2]]
  if (step === 0) throw new Error("range() needs a step that is not zero")
  return Array.from({ length: Math.max(0, Math.ceil((stop - start) / step)) }, (_, i) => start + i * step)
}

/** What transformers gives every template. */
const globals = (options: TemplateOptions) => ({
  ...pythonMethods,
  true: true,
  false: false,
  none: null,
  True: true,
  False: false,
  None: null,
  tools: null,
  documents: null,
  range,
  raise_exception: (reason: unknown) => {
    throw new Error(String(reason))
  },
  strftime_now: (format: string) => strftime((options.now ?? (() => new Date()))(), format),
  ...options.specialTokens
})

const failure = (action: string, cause: unknown): TemplateError =>
  new TemplateError({ message: `${action}: ${cause instanceof Error ? cause.message : String(cause)}` })

/**
 * The chat template that a Jinja source describes, with what transformers puts around one: blocks take their line's
 * indentation and line break with them, loops can be left, templates can refuse (`raise_exception`) and print the day
 * (`strftime_now`). Fails with `TemplateError` where the source cannot be read.
 *
 * Source: transformers 5, `utils/chat_template_utils.py`; @huggingface/jinja.
 */
export const chatTemplate = (source: string, options: TemplateOptions = {}): Result.Result<Renderer, TemplateError> =>
  Result.try({
    try: (): Renderer => {
      const program = parse(tokenize(source, { lstrip_blocks: true, trim_blocks: true }))
      callPythonMethods(program)
      const names = globals(options)
      return {
        source,
        render: (messages, { addGenerationPrompt }) => {
          const environment = new Environment()
          const given = { ...names, messages, add_generation_prompt: addGenerationPrompt }
          try {
            for (const [name, value] of Object.entries(given)) environment.set(name, value)
            return String(new Interpreter(environment).run(program).value)
          } catch (cause) {
            throw failure(`Cannot render ${messages.length} messages as the chat template allows`, cause)
          }
        }
      }
    },
    catch: (cause) => failure("Cannot read a chat template as Jinja", cause)
  })
