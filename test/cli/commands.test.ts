import { describe, expect, test } from "bun:test"
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import manifest from "../../package.json" with { type: "json" }
import { polylogit } from "../support/cli.ts"
import { scratch } from "../support/scratch.ts"

const { file, folder } = scratch()

describe("help", () => {
  test.each(
    [[], ["generate"], ["logits"], ["explain"], ["sweep"], ["classify"], ["tokenize"], ["models"]].map((path) => [path])
  )("polylogit %p --help has a description and examples", async (path) => {
    const { code, err, out } = await polylogit([...path, "--help"])
    expect([code, err]).toEqual([0, ""])
    expect(out).toContain("DESCRIPTION")
    expect(out).toContain("EXAMPLES")
    expect(out).toContain(`polylogit ${path[0] ?? "generate"}`)
  })
  test("--version", async () => expect((await polylogit(["--version"])).out).toContain(manifest.version))
})

describe("generate", () => {
  const tale = [
    "generate",
    'prompt("A fairy tale.")',
    "--prompt",
    "Once upon a time",
    "--seed",
    "7",
    "--max-tokens",
    "12"
  ]
  test("text, json and jsonl say the same, and a seed repeats it", async () => {
    const [text, again, json, jsonl] = await Promise.all([
      polylogit(tale),
      polylogit(tale),
      polylogit([...tale, "--format", "json", "--logprobs", "2"]),
      polylogit([...tale, "--format", "jsonl"])
    ])
    expect(text.code).toBe(0)
    expect(text.out.trim().length).toBeGreaterThan(10)
    expect(again.out).toBe(text.out)
    const value = JSON.parse(json.out)
    expect(`${value.sequences[0].text}\n`).toBe(text.out)
    expect(value).toMatchObject({ formula: 'prompt("A fairy tale.")', prompt: "Once upon a time" })
    expect(value.sequences[0]).toMatchObject({ reason: "length", statistics: { tokens: 12, modelCalls: 12, seed: 7 } })
    expect(value.sequences[0].tokens[0].alternatives).toHaveLength(2)
    const events = jsonl.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
    expect(`${events.map((event) => event.text).join("")}\n`).toBe(text.out)
    expect(events.map((event) => event._tag)).toEqual([...Array(12).fill("Token"), "Finished"])
  })
  test("several sequences, the first one the same as alone", async () => {
    const [one, three] = await Promise.all([polylogit(tale), polylogit([...tale, "--count", "3"])])
    const parts = three.out.split(/^--- \d\n/m)
    expect(parts).toHaveLength(4)
    expect(parts[1]).toBe(one.out)
    expect(parts[2]).not.toBe(one.out)
  })
  test("every sampling flag changes the text or the error", async () => {
    const base = (await polylogit(tale)).out
    const flags = [
      ["--temperature", "3"],
      ["--top-k", "2"],
      ["--top-p", "0.3"],
      ["--min-p", "0.5"],
      ["--typical-p", "0.2"],
      ["--repetition-penalty", "9"],
      ["--presence-penalty", "9"],
      ["--frequency-penalty", "9"],
      ["--logit-bias", "260=20"],
      ["--stop", "e"],
      ["--seed", "8"],
      ["--model", "tales-draft"],
      ["--max-tokens", "5"]
    ]
    const without = (flag: string) => tale.filter((_, i) => tale[i] !== flag && tale[i - 1] !== flag)
    const texts = await Promise.all(flags.map((flag) => polylogit([...without(flag[0]!), ...flag])))
    for (const [i, { code, out }] of texts.entries()) {
      expect([flags[i], code]).toEqual([flags[i], 0])
      expect([flags[i], out]).not.toEqual([flags[i], base])
    }
  }, 60_000)
  test("a formula file, definitions on the command line, and the prompt from a file or standard input", async () => {
    const formula = file(
      "story.formula",
      '# two styles\na = prompt("A poem.")\nb = prompt("A recipe.")\na + 0.5 * union(a, b)\n'
    )
    const prompt = file("prompt.txt", "Take two")
    const rest = ["--seed", "1", "--max-tokens", "8"]
    const runs = await Promise.all([
      polylogit(["generate", "--file", formula, "--prompt-file", prompt, ...rest]),
      polylogit([
        "generate",
        "a + 0.5 * union(a, b)",
        "--define",
        "a=A poem.",
        "--define",
        "b=A recipe.",
        "--prompt",
        "Take two",
        ...rest
      ]),
      polylogit(["generate", 'prompt("A poem.") + 0.5 * union(prompt("A poem."), prompt("A recipe."))', "-", ...rest], {
        stdin: "Take two"
      })
    ])
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0])
    expect(new Set(runs.map(({ out }) => out)).size).toBe(1)
  })
  test("a formula may begin with a minus", async () => {
    const plain = await polylogit([
      "generate",
      "2 * model() - uniform()",
      "--seed",
      "1",
      "--max-tokens",
      "4",
      "--prompt",
      "x"
    ])
    const minus = await polylogit([
      "generate",
      "-uniform() + 2 * model()",
      "--seed",
      "1",
      "--max-tokens",
      "4",
      "--prompt",
      "x"
    ])
    expect(minus).toEqual(plain)
    expect(plain.code).toBe(0)
  })
  test("--output appears whole", async () => {
    const path = join(folder, "out.txt")
    const { code, out } = await polylogit([...tale, "--output", path])
    expect([code, out]).toEqual([0, ""])
    expect(readFileSync(path, "utf8")).toBe((await polylogit(tale)).out)
  })
})

describe("logits", () => {
  const rows = file(
    "rows.json",
    JSON.stringify({ vocabularySize: 4, leaves: { a: [0, 0, 0, 0], b: [3, 2, 1, 0], c: [null, 0, 0, 0] } })
  )
  const row = async (...args: ReadonlyArray<string>) => {
    const { err, out } = await polylogit(["logits", ...args, "--json"])
    return err === "" ? JSON.parse(out) : err
  }
  test("fixed rows, by eye", async () => {
    const { logProbs, tokens, vocabularySize } = await row("a", "--rows", rows)
    expect([tokens, vocabularySize]).toEqual([[], 4])
    for (const x of logProbs) expect(x).toBeCloseTo(-Math.log(4), 12)
    expect((await row("c", "--rows", rows)).logProbs[0]).toBe(null)
    expect((await row("b", "--rows", rows, "--temperature", "0")).logProbs).toEqual([0, null, null, null])
    const half = (await row("b", "--rows", rows, "--top-k", "2")).logProbs
    expect(half.slice(2)).toEqual([null, null])
    expect(half[0] - half[1]).toBeCloseTo(1, 12)
  })
  test("pending names leave the formula, normalize none does not divide", async () => {
    expect((await row("a + b", "--rows", rows, "--pending", "b")).logProbs[0]).toBeCloseTo(-Math.log(4), 12)
    const none = (await row("2 * b", "--rows", rows, "--normalize", "none")).logProbs
    expect(none[0] - none[1]).toBeCloseTo(2, 12)
    expect(await row("a - b", "--rows", rows)).toContain("total weight is not positive")
    expect(await row("a - b", "--rows", rows, "--normalize", "none")).toHaveProperty("logProbs")
    expect(await row("a", "--rows", rows, "--pending", "zzz")).toContain("the names are a, b, c")
  })
  test("a checkpoint without a tokenizer, by token ids", async () => {
    const model = join(import.meta.dir, "../golden/decoders/llama")
    const { logProbs, tokens, vocabularySize } = await row("model()", "--model", model, "--tokens", "5,7,9")
    expect([tokens, vocabularySize, logProbs.length]).toEqual([[5, 7, 9], 96, 96])
    expect(logProbs.reduce((sum: number, x: number) => sum + Math.exp(x), 0)).toBeCloseTo(1, 9)
  })
  test("penalties see what they see when text is generated", async () => {
    const options = ["model()", "--repetition-penalty", "5", "--temperature", "0"]
    const [generated, row] = await Promise.all([
      polylogit(["generate", ...options, "--prompt", "Once upon a time", "--max-tokens", "1", "--format", "json"]),
      polylogit(["logits", ...options, "--context", "Once upon a time", "--json"])
    ])
    expect(JSON.parse(row.out).logProbs.indexOf(0)).toBe(JSON.parse(generated.out).sequences[0].tokens[0].token)
    const soft = JSON.parse(
      (await polylogit(["logits", "model()", "--repetition-penalty", "5", "--context", "Once", "--json"])).out
    )
    const hard = JSON.parse(
      (await polylogit(["logits", "model()", "--repetition-penalty", "50", "--context", "Once", "--json"])).out
    )
    // end-of-text, which also begins the context, is not part of the user's prompt: it keeps its place among the others
    expect(soft.logProbs[0] - soft.logProbs[5]).toBeCloseTo(hard.logProbs[0] - hard.logProbs[5], 6)
  })
  test("text and its ids give one row; the table shows the likeliest tokens", async () => {
    const ids = (await polylogit(["tokenize", "Once upon a"])).out.split("\n")[0]!
    const [text, tokens] = await Promise.all([
      row("model()", "--context", "Once upon a"),
      row("model()", "--tokens", ids)
    ])
    expect(tokens).toEqual(text)
    const { out } = await polylogit(["logits", "model()", "--context", "Once upon a"])
    expect(out.split("\n")[1]).toContain('" time"')
  })
})

describe("explain, tokenize, models", () => {
  test("explain: tree, terms, weight, canonical text, JSON", async () => {
    const args = ["explain", "a-0.6*b+2*union(a,1.5*b)", "--define", "a=A", "--define", "b=B"]
    const { code, out } = await polylogit(args)
    expect(code).toBe(0)
    expect(out).toContain('formula  prompt("A") - 0.6 * prompt("B") + 2 * union(prompt("A"), 1.5 * prompt("B"))')
    expect(out).toContain("from 2.4 to 3.4")
    const json = JSON.parse((await polylogit([...args, "--json"])).out)
    expect(json).toMatchObject({
      weight: { low: 2.4, high: 3.4 },
      terms: ['prompt("A")', 'prompt("B")'],
      formula: { version: 1 }
    })
  })
  test("tokenize", async () => {
    expect((await polylogit(["tokenize", "Hello there"])).out).toBe(
      '0,41,512,80,488\n"<|endoftext|>" "H" "ell" "o" "Ġthere"\n'
    )
    expect(JSON.parse((await polylogit(["tokenize", "Hello there", "--json"])).out).tokens).toEqual([
      0, 41, 512, 80, 488
    ])
  })
  test("explain: --set changes attributes of interpolated weights in every leaf that has them", async () => {
    const text = 'x = interpolate(prompt("A"), mood: 0.8, age: 0.3 @ 0.5) x - 0.2 * interpolate(model(), mood: 1)'
    const set = ["--set", "mood.alpha=-1.5e-1", "--set", " age.lambda = 0.25", "--set", "age.alpha=2"]
    const { code, out } = await polylogit(["explain", text, ...set, "--json"])
    expect([code, JSON.parse(out).text]).toEqual([
      0,
      'interpolate(prompt("A"), mood: -0.15, age: 2 @ 0.25) - 0.2 * interpolate(model(), mood: -0.15)'
    ])
  })
  test("--set in generate and logits; a model that has no adapters", async () => {
    const leaf = "interpolate(model(), mood: 0.8)"
    for (const command of [
      ["generate", leaf, "--prompt", "x"],
      ["logits", leaf]
    ]) {
      expect(await polylogit([...command, "--set", "mood.alpha=0.9", "--model", "tales-draft"])).toEqual({
        code: 2,
        out: "",
        err: "polylogit: Cannot interpolate the weights of tales-draft: it has no adapters: interpolate(model(), mood: 0.9)\n"
      })
    }
  })
  test.each([
    [["age.alpha=1"], "Cannot set the attribute age: there are mood"],
    [["mood.beta=1"], "Cannot read --set mood.beta=1: expected ATTRIBUTE.alpha=NUMBER or ATTRIBUTE.lambda=NUMBER"],
    [["mood=1"], "Cannot read --set mood=1: expected ATTRIBUTE.alpha=NUMBER or ATTRIBUTE.lambda=NUMBER"],
    [["mood.alpha="], "Cannot read --set mood.alpha=: expected ATTRIBUTE.alpha=NUMBER or ATTRIBUTE.lambda=NUMBER"],
    [
      ["mood.alpha=inf"],
      "Cannot read --set mood.alpha=inf: expected ATTRIBUTE.alpha=NUMBER or ATTRIBUTE.lambda=NUMBER"
    ],
    [["mood.alpha=1", "mood.alpha=1"], "Cannot set mood.alpha twice"],
    [
      ["mood.lambda=0.5"],
      'Cannot mix attributes whose lambdas do not sum to 1: they sum to 0.5, which lambdaSum: "any" allows: interpolate(model(), mood: 0.8 @ 0.5)'
    ]
  ])("--set %p is refused", async (set, message) => {
    const flags = set.flatMap((one) => ["--set", one])
    const ran = await polylogit(["explain", "interpolate(model(), mood: 0.8)", ...flags])
    expect(ran).toEqual({ code: 2, out: "", err: `polylogit: ${message}\n` })
  })
  test("models --model says what is known of one, and explains rows that are longer than the vocabulary", async () => {
    const { out } = await polylogit(["models", "--model", "tales"])
    expect(out).toContain(
      "window         512 tokens\nvocabulary     4096 tokens\nspecial        begins with 0, ends with 0\n"
    )
    const from = join(import.meta.dir, "../../src/embedded/tales")
    const tokenizer = JSON.parse(readFileSync(join(from, "tokenizer.json"), "utf8"))
    const vocab = Object.entries<number>(tokenizer.model.vocab).filter(([, id]) => id < 4090)
    const short = join(folder, "short")
    mkdirSync(short)
    for (const name of ["config.json", "model.safetensors", "tokenizer_config.json"])
      symlinkSync(join(from, name), join(short, name))
    tokenizer.model.vocab = Object.fromEntries(vocab)
    tokenizer.model.merges = []
    writeFileSync(join(short, "tokenizer.json"), JSON.stringify(tokenizer))
    const padded = await polylogit(["models", "--model", short])
    expect(padded.out).toContain("4090 tokens; rows are 6 longer")
    const row = await polylogit(["logits", "model()", "--model", short, "--tokens", "0,5", "--json"])
    expect(JSON.parse(row.out).logProbs).toHaveLength(4090)
  })
  test("models lists the embedded models and prompts, and each prompt can be used", async () => {
    const { out } = await polylogit(["models", "--json"])
    const { models, prompts } = JSON.parse(out)
    expect(models[0].name).toBe("tales")
    expect(prompts).toContain("A fairy tale.")
    expect((await polylogit(["models"])).out).toContain(prompts.at(-1))
    expect(existsSync(join(import.meta.dir, "../../src/embedded/tales/README.md"))).toBe(true)
  })
})
