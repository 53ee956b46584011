import { describe, expect, test } from "bun:test"
import { main, polylogit, type Ran } from "../support/cli.ts"
import { scratch } from "../support/scratch.ts"

const { file } = scratch()
const drafted = 'supersede(model("tales-draft"), prompt("A fairy tale."))'
const rest = ["--prompt", "Once upon a time", "--seed", "3", "--max-tokens", "24"]
const write = (...args: ReadonlyArray<string>): Promise<Ran> => polylogit(["generate", drafted, ...rest, ...args])

describe("generate --speculate", () => {
  test("coupled: one seed, one text, with any plan; statistics go to standard error", async () => {
    const [plain, plan, stats] = await Promise.all([
      write("--verifier", "coupled"),
      write("--verifier", "coupled", "--speculate", "1 > 2:4"),
      write("--verifier", "coupled", "--speculate", "1 > 2:6!; @9 2; @12 1 > 2:2+1", "--stats")
    ])
    expect([plain.code, plan, stats.code]).toEqual([0, plain, 0])
    expect(stats.out).toBe(plain.out)
    expect(stats.err).toMatch(/^tokens {4}24 in \d+\.\d\d s, \d+ tokens\/s, \d+ runs of models$/m)
    expect(stats.err).toMatch(/^plan {6}1 > 2:6!; @\d+ 2; @\d+ 1 > 2:2\+1$/m)
    expect(stats.err).toContain("seed      3\n")
    expect(stats.err).toContain("verifier  coupled\n")
    expect(stats.err).toMatch(/^term {2,}calls {2}positions {2}tokens\/call +ms {2}ms\/call$/m)
    expect(stats.err).toMatch(/^1\. model\("tales-draft"\) +\d+ +\d+ +\d+\.\d\d +\d+\.\d +\d+\.\d\d$/m)
    expect(stats.err).toMatch(/^prompt\("A fairy tale."\) +\d+ +\d+ +\d+ +\d+\.\d % +\d+\.\d %$/m)
    const table = stats.err.split("\n").filter((line) => /^(term|1\.|2\.)/.test(line))
    expect(new Set(table.map((line) => line.length)).size).toBe(1)
  })
  test("auto: with a seed coupled; what planning took is told apart", async () => {
    const [plain, auto] = await Promise.all([write("--verifier", "coupled"), write("--speculate", "auto", "--stats")])
    expect([auto.code, auto.out]).toEqual([0, plain.out])
    expect(auto.err).toContain("verifier  coupled\n")
    expect(auto.err).toMatch(/^planner {3}\d+\.\d\d s of that, and \d+\.\d\d s before for measuring the models$/m)
  })
  test("several sequences: one part of the statistics for each", async () => {
    const { code, err } = await write("--speculate", "1 > 2:3", "--count", "2", "--stats")
    expect(code).toBe(0)
    expect(err.match(/^--- \d$/gm)).toEqual(["--- 1", "--- 2"])
  })
  test("names of terms: of --define, and of a formula file", async () => {
    const path = file(
      "story.formula",
      'größe = model("tales-draft")\nbig = prompt("A fairy tale.")\nsupersede(größe, big)'
    )
    const options = [...rest, "--verifier", "coupled", "--format", "json"]
    const runs = await Promise.all([
      polylogit(["generate", "--file", path, "--speculate", "größe > big:4", ...options]),
      polylogit([
        "generate",
        'supersede(model("tales-draft"), big)',
        "--define",
        "big=A fairy tale.",
        "--speculate",
        "1 > big:4",
        ...options
      ]),
      write("--verifier", "coupled", "--format", "json", "--speculate", "1 > 2:4")
    ])
    const values = runs.map(({ err, out }) => [err, JSON.parse(out).sequences[0]])
    for (const [err, { statistics, text }] of values) {
      expect([err, text]).toEqual(["", values[0]![1].text])
      expect(statistics.plans).toEqual([{ at: 0, order: [[1], [2]], draftLengths: [4] }])
    }
  })
  test("--monitor: the same in json and jsonl, and a formula may begin with a minus behind it", async () => {
    const options = ["--speculate", "1 > 2:4", "--monitor"]
    const [json, jsonl, minus] = await Promise.all([
      write(...options, "--format", "json"),
      write(...options, "--format", "jsonl"),
      polylogit(["generate", "--format", "json", "--max-tokens", "1", "--monitor", "-uniform() + 2 * model()"])
    ])
    const told = JSON.parse(json.out).sequences[0].tokens.map((token: { monitor: unknown }) => token.monitor)
    expect(told).toHaveLength(24)
    expect(told[0].terms.map((term: { term: string }) => term.term)).toContain('prompt("A fairy tale.")')
    expect(new Set(told.map((one: { origin: string }) => one.origin)).has("kept")).toBe(true)
    const lines = jsonl.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
    expect(lines.flatMap((event) => (event._tag === "Token" ? [event.monitor] : []))).toEqual(told)
    expect(JSON.parse(minus.out).sequences[0].tokens[0].monitor.terms).toHaveLength(1)
  })
})

describe("a plan that cannot be: exit code 2, one line", () => {
  const cases: ReadonlyArray<readonly [string, ReadonlyArray<string>, string]> = [
    ["unreadable", ["--speculate", "fast"], 'there is no term named "fast"'],
    ["empty", ["--speculate", ""], "expected auto, off, or groups of terms"],
    ["unknown term", ["--speculate", "1 > 3:2"], "Cannot plan with term 3: the formula has terms 1 to 2"],
    ["draft length 0", ["--speculate", "1 > 2:0"], "Cannot draft 0 tokens: a draft length is a whole number from 1 on"],
    [
      "draft length 1e9",
      ["--speculate", "1 > 2:1000000000"],
      "Cannot draft 1000000000 tokens: the context window holds 512"
    ],
    ["missing term", ["--speculate", "1"], 'Cannot plan without the term 2, prompt("A fairy tale.")'],
    ["no value that is a flag", ["--speculate", "-1 > 2:4"], "--speculate"],
    ["unknown verifier", ["--verifier", "lucky"], "lucky"],
    ["--monitor as text", ["--monitor"], "Cannot show --monitor as text: use --format json or jsonl"]
  ]
  test.each(cases)("%s", async (_, args, message) => {
    const { code, err, out } = await write(...args)
    expect(err).toContain(message)
    expect([code, out]).toEqual([2, ""])
    expect(err.trimEnd().split("\n").length).toBeLessThanOrEqual(2)
    expect(err).not.toMatch(/^\s+at /m)
  })
})

const shell = async (line: string) => {
  const quoted = [process.execPath, main, "generate", drafted].map((one) => `'${one}'`).join(" ")
  const child = Bun.spawn(["bash", "-c", `set -o pipefail; ${quoted} ${line}`], { stdout: "pipe", stderr: "pipe" })
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  return { code: await child.exited, out, err }
}

describe("pipes that close early", () => {
  test("standard output: no statistics of a run that was not wanted to its end", async () => {
    const { code, err, out } = await shell("--max-tokens 400 --count 8 --speculate '1 > 2:4' --stats | head -c 1")
    expect([code, err, out.length]).toEqual([0, "", 1])
  })
  test("standard error: the text is there all the same", async () => {
    const { code, out } = await shell(
      "--max-tokens 8 --seed 1 --speculate '1 > 2:4' --stats 2> >(exec 0<&-; sleep 0.01)"
    )
    expect([code, out.length > 5]).toEqual([0, true])
    const closed = await shell("--max-tokens 8 --seed 1 --speculate '1 > 2:4' --stats 2>&-")
    expect([closed.code, closed.out]).toEqual([0, out])
  })
})
