/** Runs `bun test` with the arguments given and ends with one line: N passed, N failed, N skipped. */
const child = Bun.spawn([process.execPath, "test", ...process.argv.slice(2)], {
  cwd: `${import.meta.dir}/..`,
  stdout: "inherit",
  stderr: "pipe",
  env: { ...process.env, NO_COLOR: "1" }
})

const counts = { pass: 0, fail: 0, skip: 0, error: 0 }
const decoder = new TextDecoder()
let line = ""
for await (const bytes of child.stderr) {
  process.stdout.write(bytes)
  const lines = (line + decoder.decode(bytes, { stream: true })).split("\n")
  line = lines.pop()!
  for (const whole of lines) {
    const [, count, what] = /^ (\d+) (pass|fail|skip|error)s?$/.exec(whole) ?? []
    if (what !== undefined) counts[what as keyof typeof counts] = Number(count)
  }
}
const code = await child.exited
const failed = counts.fail + counts.error || (code === 0 ? 0 : 1)
console.log(`${counts.pass} passed, ${failed} failed${counts.skip > 0 ? `, ${counts.skip} skipped` : ""}`)
process.exit(failed > 0 || counts.pass === 0 ? 1 : 0)
