import { describe, expect, test } from "bun:test"
import { mkdirSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { main, polylogit } from "../support/cli.ts"
import { scratch } from "../support/scratch.ts"

const { file, folder } = scratch()

describe("a user's mistake: exit code 2, one or two plain lines, no stack trace", () => {
  const cases: ReadonlyArray<readonly [string, ReadonlyArray<string>, string]> = [
    ["unknown command", ["nope"], 'Unknown subcommand "nope"'],
    ["unknown flag", ["generate", "model()", "--bogus"], "--bogus"],
    ["flag of the wrong kind", ["generate", "model()", "--top-k", "many"], "many"],
    ["no formula", ["generate"], "without a formula"],
    ["weight 0", ["generate", "a - b", "--define", "a=A", "--define", "b=B"], "total weight is not positive: it is 0"],
    ["weight may be 0", ["explain", "union(a, 2 * b) - a", "--define", "a=A", "--define", "b=B"], "cautious"],
    ["temperature", ["generate", "model()", "--temperature=-1"], "temperature, got -1"],
    ["top-p", ["logits", "model()", "--top-p", "1.5"], "topP, got 1.5"],
    ["count", ["generate", "model()", "--count", "0"], "count, got 0"],
    ["empty stop text", ["generate", "model()", "--stop", ""], 'stop.0, got ""'],
    ["logit bias", ["generate", "model()", "--logit-bias", "x=1"], "expected ID=B"],
    ["logit bias outside", ["generate", "model()", "--logit-bias", "5000=1"], "Cannot bias token 5000"],
    ["definition", ["generate", "model()", "--define", "x"], "expected NAME=PROMPT"],
    ["two prompts", ["generate", "model()", "--prompt", "a", "--prompt-file", "b"], "more than one prompt"],
    ["logprobs as text", ["generate", "model()", "--logprobs", "2"], "--format json"],
    ["tokens that are none", ["logits", "model()", "--tokens", "1,x"], 'and "x" came'],
    ["token out of range", ["logits", "model()", "--tokens", "0,4096"], "token 4096 is none of its ids"],
    [
      "context too long",
      ["logits", "model()", "--tokens", Array(513).fill(5).join()],
      "513 tokens with tales: its context window holds 512"
    ],
    ["unknown model", ["generate", "model()", "--model", "nope"], "the embedded models are tales"],
    ["no such folder", ["generate", "model()", "--model", "./nope"], "there is no such file or folder"],
    ["file that is no model", ["generate", "model()", "--model", main], "neither a folder nor an .onnx file"],
    ["path through a file", ["generate", "model()", "--model", `${main}/x`], "Cannot open"],
    ["name that no path can have", ["generate", "model()", "--model", `./${"x".repeat(5000)}`], "Cannot open"],
    ["inherited names are no names", ["logits", "a", "--define", "a=A", "--pending", "toString"], "the names are a"],
    ["a name defined twice", ["logits", "a", "--define", "a=A", "--define", "a=B"], "Cannot define a twice"],
    [
      "row of another length",
      ["generate", 'prompt("A") + row([1, 2, 3])'],
      "Cannot combine a row of 3 logits with tales, whose rows have 4096"
    ],
    ["output without a name", ["generate", "model()", "--output", ""], "without a name"],
    ["text without a tokenizer", ["generate", "row([1, 2])"], "--format json"],
    ["folder without a model", ["generate", "model()", "--model", folder], "it has none of model.safetensors"],
    [
      "vocabularies differ",
      ["logits", `model() + model("${join(import.meta.dir, "../golden/decoders/llama")}")`, "--tokens", "1"],
      "4096"
    ],
    [
      "formula file that is no UTF-8",
      ["generate", "--file", file("bad.formula", Uint8Array.of(0xff, 0xfe, 0x41))],
      "not UTF-8"
    ],
    ["formula file that is not there", ["generate", "--file", join(folder, "none")], "there is no such file"],
    ["rows that are no JSON", ["logits", "a", "--rows", file("r1.json", "{")], "as rows"],
    [
      "rows of another length",
      ["logits", "a", "--rows", file("r2.json", '{"vocabularySize":3,"leaves":{"a":[1]}}')],
      "a has 1 logits, and vocabularySize is 3"
    ],
    [
      "output folder that is not there",
      ["generate", "model()", "--output", join(folder, "no/where")],
      "there is no such folder"
    ],
    ["output that is a folder", ["generate", "model()", "--output", folder], "folder"]
  ]
  test.each(cases)("%s", async (_, args, message) => {
    const { code, err, out } = await polylogit(args)
    expect(err).toContain(message)
    expect([code, out]).toEqual([2, ""])
    expect(err.trimEnd().split("\n").length).toBeLessThanOrEqual(2)
    expect(err).not.toMatch(/^\s+at /m)
  })

  test("a syntax error shows its place", async () => {
    const { code, err } = await polylogit([
      "generate",
      "child - 0.6 * adlt",
      "--define",
      "child=C",
      "--define",
      "adult=A"
    ])
    expect(code).toBe(2)
    expect(err).toBe(
      'polylogit: unknown name "adlt" (did you mean "adult"?) (line 1, column 15)\nchild - 0.6 * adlt\n              ^\n'
    )
  })

  test("a formula nested 10,000 deep overflows nothing", async () => {
    const nested = (word: string, end: string) => `${`${word}(`.repeat(10_000)}model()${`${end})`.repeat(10_000)}`
    const texts = [nested("", ""), nested("normalize", ""), nested("union", ", model()"), nested("topK", ", 5")]
    const runs = await Promise.all(
      texts.map((text, i) => polylogit(["explain", "--file", file(`deep${i}.formula`, text)]))
    )
    for (const { code, err } of runs) expect([code, err]).toEqual([0, ""])
  }, 30_000)

  test("a formula that shares its parts is not written out", async () => {
    const lines = Array.from({ length: 59 }, (_, i) => `a${i + 1} = normalize(a${i} + a${i})`)
    const path = file("shared.formula", ['a0 = prompt("A poem.")', ...lines, "a59"].join("\n"))
    const run = await polylogit(["generate", "--file", path, "--max-tokens", "2"])
    expect([run.code, run.err]).toEqual([0, ""])
    expect((await polylogit(["explain", "--file", path])).code).toBe(0)
  }, 30_000)
})

test("a full disk: exit code 1, and nothing is left behind", async () => {
  const { code, err } = await polylogit(["generate", "model()", "--max-tokens", "3", "--output", "/dev/full"])
  expect(code).toBe(1)
  expect(err).toBe("polylogit: Cannot write to /dev/full: the disk is full; nothing was saved\n")
})

const start = (...args: ReadonlyArray<string>) =>
  Bun.spawn([process.execPath, main, "generate", "model()", "--seed", "1", ...args], {
    stdout: "pipe",
    stderr: "pipe",
    stdin: "ignore"
  })

test("Ctrl-C stops at once with exit code 130 and no partial file", async () => {
  const inside = join(folder, "interrupted")
  mkdirSync(inside)
  const child = start("--max-tokens", "511", "--count", "64", "--output", join(inside, "text"))
  while (readdirSync(inside).length === 0) await Bun.sleep(10)
  child.kill("SIGINT")
  expect(await child.exited).toBe(130)
  expect(readdirSync(inside)).toEqual([])
  expect(await new Response(child.stderr).text()).toBe("")
})

test("text comes as it is written, and a closed pipe ends the run quietly", async () => {
  const child = start("--max-tokens", "511", "--count", "64")
  const reader = child.stdout.getReader()
  const { value } = await reader.read()
  expect(value!.length).toBeGreaterThan(0)
  await reader.cancel()
  expect(await child.exited).toBe(0)
  expect(await new Response(child.stderr).text()).toBe("")
})

test("Ctrl-C while text streams leaves standard error empty", async () => {
  const child = start("--max-tokens", "511", "--count", "64")
  const reader = child.stdout.getReader()
  await reader.read()
  child.kill("SIGINT")
  expect(await child.exited).toBe(130)
  expect(await new Response(child.stderr).text()).toBe("")
})

test("Ctrl-C while the prompt is read from standard input", async () => {
  const child = Bun.spawn([process.execPath, main, "generate", "model()", "-"], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe"
  })
  await Bun.sleep(800)
  child.kill("SIGINT")
  expect(await child.exited).toBe(130)
  expect(await new Response(child.stderr).text()).toBe("")
})
