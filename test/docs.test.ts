import { afterAll, describe, expect, test } from "bun:test"
import { mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"

/** Every example in a docstring and every TypeScript block of the README is run; shell blocks are run by the CLI test. */
const root = join(import.meta.dir, "..")
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
    const source = require("node:fs").readFileSync(join(root, path), "utf8") as string
    const blocks = [...source.matchAll(/^ *\* ```ts\n((?: *\*.*\n)*?) *\* ```$/gm)]
    for (const [index, block] of blocks.entries()) {
      test(`${path} ${index + 1}`, () => run(`${path}_${index}`, block[1]!.replaceAll(/^ *\* ?/gm, "")), 30_000)
    }
  }
})

describe("TypeScript in the README", () => {
  const text = require("node:fs").readFileSync(join(root, "README.md"), "utf8") as string
  const blocks = [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)]
  test("there is some", () => expect(blocks.length).toBeGreaterThan(0))
  for (const [index, block] of blocks.entries())
    test(`block ${index + 1}`, () => run(`readme_${index}`, block[1]!), 60_000)
})
