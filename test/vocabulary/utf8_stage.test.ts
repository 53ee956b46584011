import { expect, test } from "bun:test"
import { unfinished } from "../../src/vocabulary/utf8_stage.ts"

const strict = new TextDecoder("utf-8", { fatal: true })

/** Edges of the ranges that UTF-8 tells apart. */
const edges = [
  0x41, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf4, 0xf5
]

/** Whether the bytes are one character. */
const valid = (bytes: ReadonlyArray<number>): boolean => {
  try {
    return [...strict.decode(Uint8Array.from(bytes))].length === 1
  } catch {
    return false
  }
}

/** Whether one, two or three more bytes can make one character of these. */
const canGoOn = (bytes: ReadonlyArray<number>): boolean =>
  [[0x80], [0xbf]].some((one) => [[], [0x80], [0x80, 0x80]].some((more) => valid([...bytes, ...one, ...more])))

const expected = (bytes: ReadonlyArray<number>): number =>
  [3, 2, 1].find((length) => {
    const end = bytes.slice(-length)
    return length <= bytes.length && end[0]! >= 0xc0 && canGoOn(end)
  }) ?? 0

test("only the beginning of a character that can go on is held back", () => {
  for (const a of edges) {
    expect([a, unfinished(Uint8Array.of(a))]).toEqual([a, expected([a])])
    for (const b of edges) {
      expect([a, b, unfinished(Uint8Array.of(a, b))]).toEqual([a, b, expected([a, b])])
      for (const c of edges) {
        expect([a, b, c, unfinished(Uint8Array.of(a, b, c))]).toEqual([a, b, c, expected([a, b, c])])
      }
    }
  }
})
