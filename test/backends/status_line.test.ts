import { expect, test } from "bun:test"
import { bar, statusLine } from "../../src/backends/status_line.ts"

const terminal = (columns = 20) => {
  let [out, time] = ["", 0]
  const write = (text: string) => {
    out += text
  }
  const wait = (ms: number) => {
    time += ms
  }
  const target = { isTTY: true, columns, write }
  return { target, line: statusLine(target, () => time), wait, shown: () => out }
}

test("a line is drawn over itself, cut to the terminal, ten times a second at most", () => {
  const { line, shown, wait } = terminal(6)
  line.draw("abcdefgh")
  line.draw("x")
  wait(99)
  line.draw("y")
  wait(1)
  line.draw("z")
  expect(shown()).toBe("\r\x1b[Kabcde\r\x1b[Kz")
})

test("it is wiped where it is there, and drawn at once afterwards", () => {
  const { line, shown, wait } = terminal()
  line.wipe()
  line.draw("a")
  wait(30)
  expect(line.age()).toBe(30)
  line.wipe()
  line.wipe()
  expect(line.age()).toBe(Infinity)
  line.draw("b")
  expect(shown()).toBe("\r\x1b[Ka\r\x1b[K\r\x1b[Kb")
})

test("a terminal has one such line, whoever draws it", () => {
  const { line, target } = terminal()
  expect(statusLine(target)).toBe(line)
})

test.each([
  [0, `${"░".repeat(24)} 0%`],
  [0.5, `${"█".repeat(12)}${"░".repeat(12)} 50%`],
  [0.999, `${"█".repeat(24)} 99%`],
  [1, `${"█".repeat(24)} 100%`]
])("%d as a bar", (share, text) => expect(bar(share)).toBe(text))
