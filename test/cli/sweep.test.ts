import { describe, expect, test } from "bun:test"
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { classifierFolder } from "../support/classifier_folder.ts"
import { main, polylogit } from "../support/cli.ts"
import { scratch } from "../support/scratch.ts"

const { file, folder } = scratch()
const formula = ["sweep", "a - x * b", "--define", "a=A fairy tale.", "--define", "b=A poem."]
const small = ["--count", "2", "--max-tokens", "4", "--prompt", "once"]
const table = (path: string) =>
  readFileSync(path, "utf8")
    .trimEnd()
    .split("\r\n")
    .map((line) => line.split(","))

describe("sweep", () => {
  test("writes a table and a picture, and prints rows; a seed repeats them", async () => {
    const args = [...formula, ...small, "--over", "x=0..0.6:0.2", "--output"]
    const [one, two] = await Promise.all(["one", "two"].map((name) => polylogit([...args, join(folder, name)])))
    expect([one!.code, one!.err]).toEqual([0, ""])
    const rows = table(join(folder, "one.csv"))
    expect(rows[0]).toEqual(["x", "texts", "tokens", "perplexity", "distinct_2"])
    expect(rows.slice(1).map(([x, texts]) => [x, texts])).toEqual([
      ["0", "2"],
      ["0.2", "2"],
      ["0.4", "2"],
      ["0.6", "2"]
    ])
    expect(rows.slice(1).every((row) => Number(row[3]) > 1)).toBe(true)
    expect(readFileSync(join(folder, "two.csv"), "utf8")).toBe(readFileSync(join(folder, "one.csv"), "utf8"))
    expect(two!.code).toBe(0)
    const svg = readFileSync(join(folder, "one.svg"), "utf8")
    expect(svg).toStartWith("<svg")
    expect(svg).toContain("a - x * b")
    const lines = one!.out.split("\n")
    expect(lines[0]!.trim().split(/\s+/)).toEqual(["x", "perplexity", "distinct-2"])
    expect(lines.slice(1, 5).map((line) => line.trim().split(/\s+/)[0])).toEqual(["0", "0.2", "0.4", "0.6"])
  }, 30_000)

  test("two axes, judges, openings of a file, a formula of a file, another formula for perplexity", async () => {
    const into = join(folder, "into")
    mkdirSync(into)
    const classifier = classifierFolder()
    const { code, err } = await polylogit([
      "sweep",
      "--file",
      file("two.formula", 'b = prompt("A poem.")\na + x * b + y * a'),
      "--define",
      "a=A fairy tale.",
      ...["--over", "x=1,0.5", "--over", "y=0..1:1", "--count", "1", "--max-tokens", "3", "--seed", "4"],
      ...["--prompt-file", file("openings.txt", "once\nthe ship\n"), "--under", "a", "--temperature", "0.5"],
      ...["--classifier", classifier, "--label", "angry", "--output", into]
    ])
    expect([code, err]).toEqual([0, ""])
    expect(readdirSync(into).toSorted()).toEqual(["sweep.csv", "sweep.svg"])
    const [header, ...rows] = table(join(into, "sweep.csv"))
    const judge = `${classifier}:angry`
    expect(header!.slice(6)).toEqual([judge, `${judge} low`, `${judge} high`, `${judge} share`])
    expect(rows.map((row) => row.slice(0, 3))).toEqual([
      ["1", "0", "2"],
      ["1", "1", "2"],
      ["0.5", "0", "2"],
      ["0.5", "1", "2"]
    ])
    for (const row of rows) {
      const [mean, low, high] = row.slice(6).map(Number)
      expect(low! <= mean! && mean! <= high!).toBe(true)
    }
  }, 30_000)
})

describe("mistakes: nothing is generated, and no file is left", () => {
  const none = join(folder, "none")
  const over = ["--over", "x=0..1:0.5"]
  const cases: ReadonlyArray<readonly [string, ReadonlyArray<string>, string]> = [
    ["a weight that is not positive, with its point", [...formula, ...over], "total weight is not positive: it is 0"],
    ["no axis", formula, "Cannot sweep without an axis, or over three"],
    ["three axes", [...formula, ...over, ...over, ...over], "Cannot sweep without an axis, or over three"],
    ["an axis twice", [...formula, ...over, ...over], "Cannot sweep over x: it is given twice"],
    ["an axis that is none", [...formula, "--over", "x=0..1:-1"], "never come to the end"],
    [
      "a name that the formula has not",
      ["sweep", "model()", ...over],
      "Cannot sweep over x: it does not stand in the formula"
    ],
    [
      "a name that is defined",
      [...formula, "--over", "a=1,2"],
      "Cannot sweep over a: --define gives it another meaning"
    ],
    ["a name that the text defines", ["sweep", "x = 1 x * model()", ...over], '"x" is defined already'],
    ["no formula", ["sweep", ...over], "without a formula"],
    ["another formula that is none", [...formula, "--over", "x=0,0.5", "--under", "c"], 'unknown name "c"'],
    ["two kinds of openings", [...formula, ...over, "--prompt", "a", "--prompt-file", "b"], "give one of them"],
    ["an unknown classifier", [...formula, "--over", "x=0,0.5", "--classifier", "./nope"], "Cannot open ./nope"],
    ["a label without a classifier", [...formula, "--over", "x=0,0.5", "--label", "a"], "there is no --classifier"],
    ["a count of 0", [...formula, "--over", "x=0,0.5", "--count", "0"], "count, got 0"],
    [
      "a parameter that --set overrules",
      ["sweep", "interpolate(model(), sentiment: x)", ...over, "--set", "sentiment.alpha=1"],
      "Cannot sweep over x: nothing changes with it"
    ],
    [
      "a name of a column",
      ["sweep", "model() + texts * uniform()", "--over", "texts=1,2"],
      "a column of the table has that name"
    ],
    ["a sampling option", [...formula, "--over", "x=0,0.5", "--top-p", "7"], "topP, got 7"]
  ]
  test.each(cases)("%s", async (_, args, message) => {
    const { code, err, out } = await polylogit([...args, "--output", none])
    expect(err).toContain(message)
    expect([code, out]).toEqual([2, ""])
    expect(err).not.toMatch(/^\s+at /m)
    expect(existsSync(`${none}.csv`) || existsSync(`${none}.svg`)).toBe(false)
    expect(readdirSync(folder).filter((name) => name.includes("partial"))).toEqual([])
  })
  test("the point is named", async () => {
    const { err } = await polylogit([...formula, ...over, "--output", none])
    expect(err).toEndWith("(at x = 1)\n")
  })
  test("files that cannot be", async () => {
    const path = file("taken.txt", "")
    const args = [...formula, "--over", "x=0,0.5", "--output"]
    expect(await polylogit([...args, `${path}/x`])).toMatchObject({
      code: 2,
      err: expect.stringContaining("a part of it is no folder")
    })
    expect(await polylogit([...args, ""])).toMatchObject({
      code: 2,
      err: expect.stringContaining("a file without a name")
    })
  })
  test("a folder that is not there", async () => {
    const { code, err } = await polylogit([...formula, "--over", "x=0,0.5", "--output", join(folder, "no/where/")])
    expect([code, err]).toEqual([2, expect.stringContaining("there is no such folder")])
  })
})

test("a reader that goes leaves the files to come", async () => {
  const prefix = join(folder, "unread")
  const args = [main, ...formula, ...small, "--over", "x=0..0.6:0.2", "--output", prefix]
  const child = Bun.spawn(["sh", "-c", '"$0" "$@" | true', process.execPath, ...args], { stdin: "ignore" })
  await child.exited
  for (let i = 0; i < 100 && !existsSync(`${prefix}.svg`); i++) await Bun.sleep(100)
  expect([existsSync(`${prefix}.csv`), existsSync(`${prefix}.svg`)]).toEqual([true, true])
}, 30_000)

test("Ctrl-C stops at once, and no file is left", async () => {
  const inside = join(folder, "interrupted")
  mkdirSync(inside)
  const args = [main, ...formula, "--over", "x=0..0.9:0.001", "--output", inside]
  const child = Bun.spawn([process.execPath, ...args], { stdout: "pipe", stderr: "pipe", stdin: "ignore" })
  await child.stdout.getReader().read()
  expect(readdirSync(inside)).toHaveLength(2)
  child.kill("SIGINT")
  expect(await child.exited).toBe(130)
  expect(readdirSync(inside)).toEqual([])
  expect(await new Response(child.stderr).text()).toBe("")
}, 30_000)
