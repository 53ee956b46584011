import { describe, expect, test } from "bun:test"
import * as Result from "effect/Result"
import { Vocabulary } from "polylogit"
import type { Prompt } from "../../src/model/context.ts"
import { type Introduction, render } from "../../src/model/render.ts"
import { brackets, letters } from "../support/counted_model.ts"

const plainModel = letters()
const chatModel = letters({ template: brackets })
const bare = Vocabulary.untokenized(4, { name: "bare" })

const rendered = (
  vocabulary: Vocabulary.Vocabulary,
  own: string | undefined,
  prompt: Prompt,
  template: Introduction["template"] = "auto"
) => {
  const result = render(vocabulary, { prompt: own, template }, prompt)
  return Result.isSuccess(result) ? result.success : result.failure.message
}
const text = (...args: Parameters<typeof rendered>) => {
  const tokens = rendered(...args)
  return typeof tokens === "string" ? tokens : String.fromCharCode(...tokens)
}

describe("plain", () => {
  test("a term's own prompt stands before the user's, behind one beginning of text", () => {
    expect(text(plainModel, "own ", "mine")).toBe("<own mine")
    expect(text(plainModel, undefined, "mine")).toBe("<mine")
    expect(text(chatModel, "own ", "mine", "plain")).toBe("<own mine")
  })
  test("a model with a template takes text as it is where the term has no prompt", () => {
    expect(text(chatModel, undefined, "mine")).toBe("<mine")
  })
  test("ids are taken exactly", () => {
    expect(rendered(plainModel, undefined, [5, 60, 7])).toEqual([5, 60, 7])
    expect(rendered(plainModel, "", [60, 7])).toEqual([60, 7])
    expect(rendered(bare, undefined, [3, 0])).toEqual([3, 0])
  })
  test("a leading beginning of text is not repeated behind a prompt, others stay", () => {
    expect(text(plainModel, "own", [60, 97, 60])).toBe("<owna<")
    expect(text(plainModel, "own", [97])).toBe("<owna")
    expect(text(plainModel, "own", [])).toBe("<own")
  })
  test("without a beginning of text nothing is taken away", () => {
    expect(text(letters({ beginning: false }), "own", [60, 97])).toBe("own<a")
  })
})

describe("chat", () => {
  test("a term's own prompt is the system message", () => {
    expect(text(chatModel, "own", "mine")).toBe("[system:own][user:mine][assistant:")
    expect(text(chatModel, undefined, "mine", "chat")).toBe("[user:mine][assistant:")
  })
  test("a conversation is one, with every template", () => {
    for (const template of ["auto", "chat", "plain"] as const) {
      expect(text(chatModel, undefined, [{ role: "user", content: "hi" }], template)).toBe("[user:hi][assistant:")
    }
  })
  test("the user's own system message comes behind the term's", () => {
    const conversation = [
      { role: "system", content: "theirs" },
      { role: "user", content: "hi" }
    ] as const
    expect(text(chatModel, "own", conversation)).toBe("[system:own\n\ntheirs][user:hi][assistant:")
    expect(text(chatModel, undefined, conversation)).toBe("[system:theirs][user:hi][assistant:")
    expect(text(chatModel, "own", [{ role: "user", content: "hi" }])).toBe("[system:own][user:hi][assistant:")
  })
  test("ids stand in the template as they are, but do not begin the text again", () => {
    expect(text(chatModel, "own", [60, 93, 1])).toBe("[system:own][user:]\u0001][assistant:")
    expect(text(chatModel, undefined, [97], "chat")).toBe("[user:a][assistant:")
  })
  test("a template that changes or repeats the user's text cannot hold ids", () => {
    const told =
      "Cannot use the prompt with letters: its chat template changes the user's text, so that token ids cannot stand in it"
    const twice = letters({ template: { source: "", render: ([message]) => `${message!.content}${message!.content}` } })
    const none = letters({ template: { source: "", render: () => "always the same" } })
    expect(text(twice, undefined, [97], "chat")).toBe(told)
    expect(text(none, undefined, [97], "chat")).toBe(told)
  })
})

describe("refused", () => {
  test("messages without a template", () => {
    const told = "Cannot use the prompt with letters: it has no chat template for messages"
    expect(text(plainModel, undefined, [{ role: "user", content: "hi" }])).toBe(told)
    expect(text(plainModel, "own", "mine", "chat")).toBe(told)
  })
  test("text without a tokenizer", () => {
    const told = "Cannot use the prompt with bare: it came without a tokenizer, so prompts have to be token ids"
    expect(text(bare, undefined, "mine")).toBe(told)
    expect(text(bare, "own", [1])).toBe(told)
  })
  test("an empty prompt where nothing begins a text", () => {
    const told =
      "Cannot use the prompt with bare: the vocabulary has no beginning-of-text token to start an empty prompt from"
    expect(text(bare, undefined, "")).toBe(told)
    expect(text(bare, undefined, [])).toBe(told)
  })
  test("what the template refuses", () => {
    const refusing = letters({
      template: {
        source: "",
        render: () => {
          throw new Error("roles must alternate")
        }
      }
    })
    expect(text(refusing, "own", "mine")).toBe("Cannot use the prompt with letters: roles must alternate")
  })
})

test("an empty prompt is the beginning of text", () => {
  const begun = Vocabulary.untokenized(4, { special: { beginning: 2 } })
  expect(rendered(begun, undefined, "")).toEqual([2])
  expect(rendered(begun, undefined, [])).toEqual([2])
  expect(rendered(begun, "", "")).toEqual([2])
})
