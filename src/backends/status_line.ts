/** Where a line is drawn. */
export interface Terminal {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly write: (text: string) => unknown
}

/** A line that is drawn over itself. */
export interface StatusLine {
  /** Draws it anew, ten times a second at most. */
  readonly draw: (text: string) => void
  /** Takes it away, if it is there. */
  readonly wipe: () => void
  /** Milliseconds since it was drawn last; `Infinity` where it is not there. */
  readonly age: () => number
}

/** Milliseconds between two drawings. */
const pause = 100

const lines = new WeakMap<Terminal, StatusLine>()

/** The line at the end of a terminal: one, whoever draws it. */
export const statusLine = (out: Terminal, now: () => number = () => performance.now()): StatusLine => {
  const known = lines.get(out)
  if (known !== undefined) return known
  let drawn = Number.NEGATIVE_INFINITY
  const line: StatusLine = {
    draw: (text) => {
      if (now() - drawn < pause) return
      drawn = now()
      out.write(`\r\x1b[K${text.slice(0, (out.columns || 120) - 1)}`)
    },
    wipe: () => {
      if (drawn !== Number.NEGATIVE_INFINITY) out.write("\r\x1b[K")
      drawn = Number.NEGATIVE_INFINITY
    },
    age: () => now() - drawn
  }
  lines.set(out, line)
  return line
}

/** A share as a bar and in percent. */
export const bar = (share: number): string => {
  const filled = Math.round(24 * share)
  return `${"█".repeat(filled)}${"░".repeat(24 - filled)} ${Math.floor(100 * share)}%`
}
