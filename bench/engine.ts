import { rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { decoding } from "./engine/decoding.ts"
import { starting } from "./engine/starting.ts"

/** What our engine costs by itself, and what is built on it over it: tables of one process each, in one run. */
export const engine = async (): Promise<string> => {
  const cache = join(tmpdir(), `polylogit-bench-quantized-${process.pid}`)
  try {
    const parts = [
      await decoding("tales", "fp32", { rounds: 15, count: 96 }),
      await decoding("135M", "fp32", { rounds: 5, count: 32 }),
      await decoding("135M", "int4", { rounds: 7, count: 48 }),
      await starting(cache)
    ]
    return parts.join("\n")
  } finally {
    rmSync(cache, { recursive: true, force: true })
  }
}
