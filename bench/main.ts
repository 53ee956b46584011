import { cpus } from "node:os"
import { join } from "node:path"
import { control } from "./control/control.ts"
import { engine } from "./engine.ts"
import { generation } from "./generation.ts"
import { overhead } from "./overhead.ts"
import { parse } from "./parse.ts"
import { quantization } from "./quantization.ts"
import { rows } from "./rows.ts"
import { runtime } from "./runtime/runtime.ts"
import { speculation } from "./speculation/speculation.ts"
import { transformers } from "./transformers.ts"

/** `bun run bench [--save] [name…]`: all benches, or those named; --save keeps their tables in bench/README.md. */
const benches = { runtime, engine, generation, transformers, quantization, rows, overhead, parse, speculation, control }
const asked = process.argv.slice(2).filter((argument) => !argument.startsWith("--") && !/^\d+$/.test(argument))
const unknown = asked.find((name) => !(name in benches))
if (unknown !== undefined) {
  console.error(`bench: there is no ${unknown}; there are ${Object.keys(benches).join(", ")}`)
  process.exit(2)
}

const path = join(import.meta.dir, "README.md")
const kept = new Map(
  (await Bun.file(path).text())
    .split(/^## /m)
    .slice(1)
    .map((part) => [/^\w+/.exec(part)![0], `## ${part.trim()}\n`])
)
const date = new Date().toISOString().slice(0, 10)
const machine = `${cpus().length} cores, ${cpus()[0]?.model.trim() ?? "unknown"}, ${process.platform} ${process.arch}, Bun ${Bun.version}`
for (const [name, bench] of Object.entries(benches)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  const section = await bench()
  console.log(section)
  kept.set(name, `## ${name}\n\n${date}: ${machine}.\n\n${section.trim()}\n`)
}

if (process.argv.includes("--save")) {
  const head =
    "# Benches\n\nMade by `bun run bench --save [name…]`. Contenders take turns in one run; tables give medians and quartiles of their rounds. Read ratios, not times: the machine is shared.\n"
  const sections = Object.keys(benches).flatMap((name) => kept.get(name) ?? [])
  await Bun.write(path, [head, ...sections].join("\n"))
}
process.exit(0)
