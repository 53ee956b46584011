import { describe, expect, test } from "bun:test"
import { dirname, join, relative } from "node:path"

/** The folders of src in reading order: each may import those above it, and nothing else of ours. */
const order = [
  "logits",
  "machine",
  "vocabulary",
  "model",
  "interpolation",
  "logit_stream",
  "formula",
  "sampling",
  "constraint",
  "speculation",
  "generation",
  "testing",
  "recipes",
  "fit",
  "evaluation",
  "onnx",
  "backends",
  "embedded",
  "server",
  "cli"
]
/** Folders that import nothing of ours, and of Effect no more than what is named. */
const alone: Record<string, RegExp> = {
  logits: /^effect\/(Function|Pipeable)$/,
  machine: /^effect\/(Function|Pipeable)$/,
  onnx: /^effect\/(Function|Pipeable)$/
}
/** Foreign packages, and who may use them. */
const foreign: Record<string, ReadonlyArray<string>> = {
  "@huggingface/tokenizers": ["vocabulary"],
  "@huggingface/jinja": ["vocabulary"],
  "@huggingface/hub": ["backends"],
  "fast-check": ["testing"],
  "onnxruntime-node": ["backends"],
  vega: ["evaluation"],
  "vega-lite": ["evaluation"],
  "@effect/platform-node-shared": ["backends", "embedded", "server", "cli"]
}

const root = join(import.meta.dir, "..")
const src = join(root, "src")
const paths = [...new Bun.Glob("**/*.ts").scanSync(src)].filter((path) => !path.includes("/train/")).sort()
const sources = new Map(
  await Promise.all(paths.map(async (path) => [path, await Bun.file(join(src, path)).text()] as const))
)

const importsOf = (path: string) =>
  [
    ...sources
      .get(path)!
      .matchAll(/^(?:import|export)\b[^"';]*?\bfrom "([^"]+)"|^import "([^"]+)"|\bimport\("([^"]+)"\)/gm)
  ].map((match) => match[1] ?? match[2] ?? match[3]!)
const codeLines = (source: string) =>
  source
    .replaceAll(/\/\*[\s\S]*?\*\//g, "")
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.trim().startsWith("//")).length

describe("src", () => {
  test("there is something to check", () => expect(paths.length).toBeGreaterThan(60))

  for (const path of paths.filter((one) => one.includes("/"))) {
    const folder = path.split("/")[0]!
    test(`${path} keeps to the import table`, () => {
      expect(order).toContain(folder)
      const imports = importsOf(path)
      const ours = imports
        .filter((name) => name.startsWith(".") && !name.endsWith("/package.json"))
        .map((name) => relative(src, join(src, dirname(path), name)).split("/")[0]!)
        .filter((other) => other !== folder)
      const allowed = alone[folder] === undefined ? order.slice(0, order.indexOf(folder)) : []
      expect(ours.filter((other) => !allowed.includes(other))).toEqual([])
      expect(imports.filter((name) => name.endsWith("/mod.ts") && !path.endsWith("mod.ts"))).toEqual([])
      const packages = imports.filter((name) => !/^(\.|bun:|node:|bun$|effect\/)/.test(name))
      expect(
        packages.filter((name) => !Object.entries(foreign).some(([p, by]) => name.startsWith(p) && by.includes(folder)))
      ).toEqual([])
      const effects = imports.filter((name) => name.startsWith("effect/"))
      const only = path === "machine/run.ts" ? /^effect\/(Function|Stream)$/ : alone[folder]
      if (only !== undefined) expect(effects.filter((name) => !only.test(name))).toEqual([])
    })
  }

  for (const path of paths) {
    const source = sources.get(path)!
    test(`${path} is short, runs nothing by itself, and has no forbidden name`, () => {
      expect(codeLines(source)).toBeLessThanOrEqual(200)
      expect(path).not.toMatch(/(utils|common|helpers|types)/)
      expect(source).not.toMatch(/\b(TODO|FIXME)\b/)
      if (!/^(cli|server)\/(main|start)\.ts$/.test(path))
        expect(source.replaceAll(/^ \*.*$/gm, "")).not.toMatch(/Effect\.run[A-Z]/)
    })
  }

  test("no import goes in a circle", () => {
    const within = (path: string) =>
      importsOf(path)
        .filter((name) => name.startsWith("."))
        .map((name) => join(dirname(path), name))
        .filter((name) => sources.has(name))
    const done = new Set<string>()
    const visit = (path: string, trail: ReadonlyArray<string>): void => {
      if (trail.includes(path)) throw new Error(`circle: ${[...trail, path].join(" -> ")}`)
      if (done.has(path)) return
      for (const next of within(path)) visit(next, [...trail, path])
      done.add(path)
    }
    for (const path of paths) visit(path, [])
    expect(done.size).toBe(paths.length)
  })

  test("every name that a folder's mod.ts gives has a docstring", async () => {
    const missing: Array<string> = []
    for (const [path, source] of sources) {
      if (path.endsWith("mod.ts")) continue
      for (const match of source.matchAll(/(^|\n)(export (?:const|class|interface|type|function) (\w+))/g)) {
        const before = source.slice(0, match.index).trimEnd()
        const merged = new RegExp(`export const ${match[3]}\\b`).test(source) && match[2]!.startsWith("export type")
        if (!before.endsWith("*/") && !merged) missing.push(`${path}: ${match[3]}`)
      }
    }
    expect(missing).toEqual([])
  })
})

test("the top level holds what the customer named", () => {
  const listed = Bun.spawnSync(["git", "ls-tree", "--name-only", "HEAD"], { cwd: root }).stdout.toString().split("\n")
  const visible = listed.filter((name) => name !== "" && !name.startsWith("."))
  const named = [
    "LICENSE",
    "README.md",
    "bench",
    "biome.json",
    "bun.lock",
    "bunfig.toml",
    "package.json",
    "src",
    "test",
    "tsconfig.json"
  ]
  expect(visible.filter((name) => !named.includes(name))).toEqual([])
})
