import { afterAll, describe, expect, test } from "bun:test"
import { mkdirSync, readFileSync, rmSync } from "node:fs"
import { dirname, join } from "node:path"
import * as Result from "effect/Result"
import { Formula } from "polylogit"

/** Every example in a docstring and every block of the README is run. */
const root = join(import.meta.dir, "..")
/** `bun` is the one that runs the tests, wherever it is installed. */
const path = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` }
const scratch = join(import.meta.dir, ".examples")
mkdirSync(scratch, { recursive: true })
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const run = async (name: string, code: string) => {
  const file = join(scratch, `${name.replaceAll(/[^a-z0-9]+/gi, "_")}.ts`)
  await Bun.write(file, code)
  expect(await import(file)).toBeDefined()
}

describe("examples in docstrings", () => {
  for (const path of [...new Bun.Glob("src/**/*.ts").scanSync(root)].sort()) {
    const source = readFileSync(join(root, path), "utf8")
    const blocks = [...source.matchAll(/^ *\* ```ts\n((?: *\*.*\n)*?) *\* ```$/gm)]
    for (const [index, block] of blocks.entries()) {
      test(`${path} ${index + 1}`, () => run(`${path}_${index}`, block[1]!.replaceAll(/^ *\* ?/gm, "")), 30_000)
    }
  }
})

const readme = readFileSync(join(root, "README.md"), "utf8")
const blocks = (language: string) =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map((match) => match[1]!)

describe("code in the README", () => {
  test("every block is of a kind that is run, or a picture", () => {
    const kinds = [...readme.matchAll(/^```(\w+)$/gm)].map((match) => match[1])
    expect(new Set(kinds)).toEqual(new Set(["sh", "text", "formula", "ts"]))
  })
  for (const [index, block] of blocks("ts").entries()) {
    test(`TypeScript ${index + 1}`, () => run(`readme_${index}`, block), 60_000)
  }
  for (const [index, block] of blocks("formula").entries()) {
    test(`formula ${index + 1}`, () => {
      const formula = Result.getOrThrow(Formula.parse(block))
      expect(Result.isSuccess(Formula.check(formula))).toBe(true)
    })
  }
  const commands = blocks("sh").flatMap((block) => block.split("\n").filter((line) => line !== ""))
  for (const command of commands) {
    // the test command is what runs this
    if (command.includes("run test")) continue
    const here = command.replace("npx --yes bun@1.4.5", "bun")
    test(command, async () => {
      const child = Bun.spawn(["bash", "-c", here], { cwd: root, stdout: "pipe", stderr: "pipe", env: path })
      const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
      expect({ code: await child.exited, err }).toEqual({ code: 0, err: expect.not.stringContaining("polylogit:") })
      expect(out.length).toBeGreaterThan(20)
    }, 60_000)
  }
})
