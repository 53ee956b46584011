import { demo } from "./demo.ts"
import { runMain } from "./run.ts"

// `bun start` shows what polylogit does; `bun start -- generate …` is the command line.
const given = process.argv.slice(2).filter((argument, i) => !(i === 0 && argument === "--"))
if (given.length === 0) runMain(demo)
else {
  process.argv = [...process.argv.slice(0, 2), ...given]
  await import("./main.ts")
}
