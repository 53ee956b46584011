import { tmpdir } from "node:os"
import { join } from "node:path"

const root = join(import.meta.dir, "../..")
export const main = join(root, "src/cli/main.ts")

/** Where commands under test keep what they measure: not among the user's own. */
const cache = join(tmpdir(), "polylogit-test-cache")

/** What a process left behind. */
export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs `polylogit` as a real process. */
export const polylogit = async (
  args: ReadonlyArray<string>,
  options: { readonly stdin?: string; readonly env?: Readonly<Record<string, string>>; readonly cwd?: string } = {}
): Promise<Ran> => {
  const child = Bun.spawn([process.execPath, main, ...args], {
    cwd: options.cwd ?? root,
    stdin: options.stdin === undefined ? "ignore" : new TextEncoder().encode(options.stdin),
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, NO_COLOR: "1", XDG_CACHE_HOME: cache, ...options.env }
  })
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  return { code: await child.exited, out, err }
}
