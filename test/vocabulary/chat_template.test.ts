import { describe, expect, test } from "bun:test"
import { join } from "node:path"
import * as Result from "effect/Result"
import { ChatTemplate, type Message } from "../../src/vocabulary/chat_template.ts"
import { chatTemplateSource } from "../../src/vocabulary/chat_template_source.ts"
import { TemplateError, type TemplateOptions } from "../../src/vocabulary/jinja_template.ts"
import { namedTokens } from "../../src/vocabulary/special_tokens.ts"
import { shared, testWith } from "./model_files.ts"

interface Case {
  readonly file: string
  readonly messages: ReadonlyArray<Message>
  readonly add_generation_prompt: boolean
  readonly rendered?: string
}

/** Templates that print the day were rendered on this one. */
const dayOf = (cases: ReadonlyArray<Case>): Date => {
  const text = cases.map((one) => one.rendered).find((rendered) => rendered?.includes("Current date: "))
  return new Date(`${/Current date: (\d+-\d+-\d+)/.exec(text ?? "")?.[1] ?? "2026-11-22"}T12:00:00`)
}

testWith(
  join(shared, "golden/tokenizers/chat.json"),
  "conversations are rendered like in transformers",
  async (file) => {
    const { cases } = (await Bun.file(file).json()) as { readonly cases: ReadonlyArray<Case> }
    const day = dayOf(cases)
    for (const { add_generation_prompt, file, messages, rendered } of cases) {
      const text = await Bun.file(join(shared, file)).text()
      const parsed: unknown = file.endsWith(".json") ? JSON.parse(text) : text
      const specialTokens = namedTokens({ tokenizerConfig: parsed })
      const template = Result.getOrThrow(
        ChatTemplate.make(chatTemplateSource(parsed)!, { specialTokens, now: () => day })
      )
      const render = () => template.render(messages, { addGenerationPrompt: add_generation_prompt })
      if (rendered === undefined) expect(render).toThrow(TemplateError)
      else expect([file, render()]).toEqual([file, rendered])
    }
    expect(cases.length).toBe(54)
  }
)

const render = (source: string, content = "Hi", options: TemplateOptions = {}) =>
  Result.getOrThrow(ChatTemplate.make(source, options)).render([{ role: "user", content }], {
    addGenerationPrompt: true
  })

describe("what transformers gives a template", () => {
  const now = () => new Date(2026, 1, 3, 14, 5, 9)
  const table: ReadonlyArray<readonly [source: string, rendered: string]> = [
    ["{{ bos_token }}{{ messages[0].role }}", "<s>user"],
    ["{% if add_generation_prompt %}go{% endif %}", "go"],
    ["{% if tools is none and documents is none %}none{% endif %}", "none"],
    ["a\n  {% if true %}\nb\n  {% endif %}\nc", "a\nb\nc"],
    [
      "{% for i in range(5) %}{% if i == 1 %}{% continue %}{% elif i == 3 %}{% break %}{% endif %}{{ i }}{% endfor %}",
      "02"
    ],
    ["{{ range(1, 4) | join('') }}{{ range(5, 0, -2) | join('') }}", "123531"],
    ["{% set n = namespace(x=1) %}{% for m in messages %}{% set n.x = 2 %}{% endfor %}{{ n.x }}", "2"],
    ["{{ {'a': [1, 'é']} | tojson }}", '{"a": [1, "é"]}'],
    ["{{ {'a': 1} | tojson(indent=2) }}", '{\n  "a": 1\n}'],
    [
      "{{ strftime_now('%Y-%m-%d %d %b %B %A %-d %H:%M:%S %I%p %j %y %% %q') }}",
      "2026-02-03 03 Feb February Tuesday 3 14:05:09 02PM 034 26 % %q"
    ],
    ["{{ '\\n\\n  x \\n'.lstrip('\\n') }}|", "  x \n|"],
    ["{{ 'xxabxx'.strip('x') }}{{ ' ab '.strip() }}{{ 'ab--'.rstrip('-') }}", "ababab"],
    ["{{ 'uSER'.capitalize() }}{{ 'pre-x'.removeprefix('pre-') }}{{ 'x.y'.removesuffix('.y') }}", "Userxx"],
    [
      "{{ ', '.join(['a', 'b']) }}{{ 'abc'.find('c') }}{{ 'a\\nb\\n'.splitlines() | length }}{{ '12'.isdigit() }}",
      "a, b22true"
    ]
  ]
  for (const [source, rendered] of table) {
    test(source, () => expect(render(source, "Hi", { specialTokens: { bos_token: "<s>" }, now })).toBe(rendered))
  }

  test("noon and midnight are twelve", () => {
    const at = (hour: number) => render("{{ strftime_now('%I%p') }}", "Hi", { now: () => new Date(2026, 1, 3, hour) })
    expect([at(0), at(11), at(12), at(13)]).toEqual(["12AM", "11AM", "12PM", "01PM"])
  })

  test("the day is today's by default", () => {
    const year = String(new Date().getFullYear())
    expect([year, String(Number(year) + 1)]).toContain(render("{{ strftime_now('%Y') }}"))
  })
})

describe("errors", () => {
  test("a template that refuses the messages", () => {
    const template = Result.getOrThrow(ChatTemplate.make("{{ raise_exception('Roles must alternate') }}"))
    const refused = () => template.render([], { addGenerationPrompt: false })
    expect(refused).toThrow(TemplateError)
    expect(refused).toThrow("Cannot render 0 messages as the chat template allows: Roles must alternate")
  })

  test("a template that fails", () => {
    expect(() => render("{{ nothing.at.all() }}")).toThrow(TemplateError)
    expect(() => render("{{ messages.strip('x') }}")).toThrow("strip() needs a text")
  })

  test("a source that is no template", () => {
    const error = Result.getOrThrow(Result.flip(ChatTemplate.make("{% for %}")))
    expect(error).toBeInstanceOf(TemplateError)
    expect(error.message).toStartWith("Cannot read a chat template as Jinja: ")
  })
})

test("the source stays as it was given", () => {
  const source = "{{ messages[0].content.strip('x') }}\n"
  expect(Result.getOrThrow(ChatTemplate.make(source)).source).toBe(source)
  expect(render(source, "xax")).toBe("a")
})

test("where the source of a template stands", () => {
  const named = [
    { name: "tool_use", template: "t" },
    { name: "default", template: "d" }
  ]
  expect(chatTemplateSource("jinja")).toBe("jinja")
  expect(chatTemplateSource({ chat_template: "s" })).toBe("s")
  expect(chatTemplateSource({ chat_template: named })).toBe("d")
  for (const none of [undefined, null, {}, { chat_template: null }, { chat_template: named.slice(0, 1) }, 7]) {
    expect(chatTemplateSource(none)).toBeUndefined()
  }
})
