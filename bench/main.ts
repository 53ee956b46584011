import { cpus } from "node:os"
import { join } from "node:path"
import { generation } from "./generation.ts"
import { parse } from "./parse.ts"
import { rows } from "./rows.ts"
import { speculation } from "./speculation/speculation.ts"
import { transformers } from "./transformers.ts"

/** `bun run bench [--save] [name…]`: all benches, or those named; --save keeps the tables in bench/README.md. */
const benches = { generation, transformers, rows, parse, speculation }
const asked = process.argv.slice(2).filter((argument) => !argument.startsWith("--"))
const unknown = asked.find((name) => !(name in benches))
if (unknown !== undefined) {
  console.error(`bench: there is no ${unknown}; there are ${Object.keys(benches).join(", ")}`)
  process.exit(2)
}

const sections: Array<string> = []
for (const [name, bench] of Object.entries(benches)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  const section = await bench()
  console.log(section)
  sections.push(section)
}

if (process.argv.includes("--save")) {
  const date = new Date().toISOString().slice(0, 10)
  const machine = `${cpus().length} cores, ${cpus()[0]?.model.trim() ?? "unknown"}, ${process.platform} ${process.arch}, Bun ${Bun.version}`
  const head = `# Benches\n\nMade by \`bun run bench --save\` on ${date}: ${machine}. Contenders take turns in one run; the table gives medians and quartiles of their rounds. Read ratios, not times: the machine is shared.\n`
  await Bun.write(join(import.meta.dir, "README.md"), `${head}\n${sections.join("\n")}`)
}
process.exit(0)
