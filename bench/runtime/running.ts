import { readFileSync } from "node:fs"
import { createInterface } from "node:readline"
import { Readable } from "node:stream"
import type { Go, Gone } from "./protocol.ts"

/** A contender whose process is ready. */
export interface Running {
  /** From the start of the process to readiness. Units: milliseconds. */
  readonly loading: number
  readonly decode: (go: Go) => Promise<Gone>
  readonly pid: number
  /** Memory of the process that is resident now, mapped files included. Units: bytes. */
  readonly resident: () => number
  readonly stop: () => Promise<void>
}

/** Starts a contender's process; it speaks the lines of protocol.ts. */
export const start = async (command: ReadonlyArray<string>): Promise<Running> => {
  const begin = performance.now()
  const child = Bun.spawn([...command], { stdin: "pipe", stdout: "pipe", stderr: "pipe" })
  const complaints = new Response(child.stderr).text()
  const lines = createInterface({ input: Readable.fromWeb(child.stdout as never) })[Symbol.asyncIterator]()
  const next = async (): Promise<string> => {
    const { done, value } = await lines.next()
    if (done !== true) return value
    throw new Error(`Cannot go on with ${command.join(" ")}: it ended.\n${(await complaints).slice(-4000)}`)
  }
  await next()
  return {
    loading: performance.now() - begin,
    pid: child.pid,
    decode: async (go) => {
      child.stdin.write(`${JSON.stringify(go)}\n`)
      await child.stdin.flush()
      return JSON.parse(await next())
    },
    resident: () => 1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))![1]),
    stop: async () => {
      await child.stdin.end()
      await child.exited
    }
  }
}
