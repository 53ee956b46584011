/** What stands in a cell: `undefined` and numbers that are not finite leave it empty. */
export type Cell = string | number | undefined

const text = (cell: Cell): string => {
  if (cell === undefined || (typeof cell === "number" && !Number.isFinite(cell))) return ""
  const plain = String(cell)
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain
}

/**
 * One line of comma-separated values with its end.
 *
 * Source: RFC 4180.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict"
 * import { Evaluation } from "polylogit"
 *
 * equal(Evaluation.csvLine(["x", 'so "called"', 0.5, undefined]), 'x,"so ""called""",0.5,\r\n')
 * ```
 */
export const csvLine = (cells: ReadonlyArray<Cell>): string => `${cells.map(text).join(",")}\r\n`
