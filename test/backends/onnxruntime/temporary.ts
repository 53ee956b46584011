import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"

const root = mkdtempSync(join(tmpdir(), "polylogit-"))
process.on("exit", () => rmSync(root, { recursive: true, force: true }))
let folders = 0

/** A new folder that lives as long as the process: a copy of `from`, with `files` written over it. */
export const temporaryFolder = (files: Readonly<Record<string, string | Uint8Array>> = {}, from?: string): string => {
  const folder = join(root, `${folders++}`)
  mkdirSync(folder, { recursive: true })
  if (from !== undefined) {
    cpSync(from, folder, { recursive: true })
    Bun.spawnSync(["chmod", "-R", "u+w", folder])
  }
  for (const [name, data] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), data)
  }
  return folder
}
