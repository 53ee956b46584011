import { join } from "node:path"
import type { TextRecord } from "./passages.ts"

/** The corpus files of a folder in order of their names: for fitting (xz), held out (zstd). */
export const corpusFiles = (folder: string, split: "train" | "heldout"): ReadonlyArray<string> => {
  const ending = split === "train" ? ".jsonl.xz" : ".heldout.jsonl.zst"
  return [...new Bun.Glob(`*${ending}`).scanSync(folder)].sort().map((name) => join(folder, name))
}

const unpacked = (path: string): string => {
  const { exitCode, stderr, stdout } = Bun.spawnSync([path.endsWith(".xz") ? "xz" : "zstd", "-dc", path])
  if (exitCode !== 0) throw new Error(`Cannot unpack ${path}: ${stderr}`)
  return stdout.toString()
}

/** The records of corpus files, one file in memory at a time. */
export function* recordsOf(paths: Iterable<string>): Generator<TextRecord> {
  for (const path of paths) {
    for (const line of unpacked(path).split("\n")) if (line !== "") yield JSON.parse(line)
  }
}

/** SHA-256 of a file as it lies on disk, in hexadecimal digits. */
export const sha256 = async (path: string): Promise<string> =>
  new Bun.CryptoHasher("sha256").update(await Bun.file(path).bytes()).digest("hex")
