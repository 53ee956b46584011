import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { Evaluation } from "polylogit"

/** A reader of RFC 4180. */
const read = (text: string): Array<Array<string>> => {
  const rows: Array<Array<string>> = [[]]
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y
  for (let match = cell.exec(text); match !== null; match = cell.exec(text)) {
    rows.at(-1)!.push(match[1]?.replaceAll('""', '"') ?? match[2]!)
    if (match[3] === "\r\n") rows.push([])
  }
  expect(rows.pop()).toEqual([])
  return rows
}

test("what is written can be read", () => {
  const cell = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom('"', ",", "\r", "\n", "a")).map((all) => all.join(""))
  )
  fc.assert(
    fc.property(fc.array(fc.array(cell, { minLength: 1 })), (rows) => {
      expect(read(rows.map(Evaluation.csvLine).join(""))).toEqual(rows)
    })
  )
})

test("numbers keep all their digits, and none is an empty cell", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
      expect(Number(read(Evaluation.csvLine([x]))[0]![0])).toBe(x + 0)
    })
  )
  expect(Evaluation.csvLine([Number.NaN, Infinity, undefined, 1])).toBe(",,,1\r\n")
})
