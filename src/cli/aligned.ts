/** A table as lines: the first column to the left, numbers to the right. */
export const aligned = (
  head: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string>>
): ReadonlyArray<string> => {
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map((row) => Bun.stringWidth(row[column]!))))
  return all.map((row) =>
    row
      .map((cell, column) => {
        const gap = " ".repeat(widths[column]! - Bun.stringWidth(cell))
        return column === 0 ? cell + gap : gap + cell
      })
      .join("  ")
      .trimEnd()
  )
}
