import { createInterface } from "node:readline"
import type { Dtype, Go, Gone, Load } from "./protocol.ts"

/** A contender in a process of its own: `bun child.ts <file that exports load> <folder> <number type> <threads>`. */
const [file, folder, dtype, threads] = process.argv.slice(2) as [string, string, Dtype, string]
// standard output is for answers; what libraries print goes to the other stream
const answer = process.stdout.write.bind(process.stdout)
process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write
console.log = console.error

const { load }: { load: Load } = await import(file)
const decode = await load(folder, dtype, Number(threads))
answer("\n")
for await (const line of createInterface({ input: process.stdin })) {
  const { count, prompt } = JSON.parse(line) as Go
  const tokens: Array<number> = []
  const begin = performance.now()
  let first = begin
  await decode(prompt, count, (id) => {
    if (tokens.push(id) === 1) first = performance.now()
  })
  const gone: Gone = { tokens, first: first - begin, rest: performance.now() - first }
  answer(`${JSON.stringify(gone)}\n`)
}
process.exit(0)
