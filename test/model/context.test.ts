import { expect, test } from "bun:test"
import { isConversation, make } from "../../src/model/context.ts"

test("a context without a completion has generated nothing", () => {
  expect(make("once")).toEqual({ prompt: "once", completion: [] })
  expect(make([1, 2], [3])).toEqual({ prompt: [1, 2], completion: [3] })
})

test("messages are a conversation; text, ids and nothing are not", () => {
  expect(isConversation([{ role: "user", content: "hi" }])).toBe(true)
  expect(isConversation("hi")).toBe(false)
  expect(isConversation([1, 2])).toBe(false)
  expect(isConversation([])).toBe(false)
})
