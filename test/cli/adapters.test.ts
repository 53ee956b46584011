import { describe, expect, test } from "bun:test"
import { join } from "node:path"
import { standIns } from "../embedded/stand_ins.ts"
import { polylogit } from "../support/cli.ts"
import { scratch } from "../support/scratch.ts"

const { folder } = scratch()
const folders = standIns(folder)
const flags = Object.entries(folders).flatMap(([name, path]) => ["--adapter", `${name}=${path}`])
const golden = join(import.meta.dir, "../golden/adapters")

test("--adapter gives the default model adapters, and --set moves them", async () => {
  const formula = 'interpolate(prompt("A poem."), sentiment: 0.8, formality: 0.3 @ 0.5)'
  const write = (...more: ReadonlyArray<string>) =>
    polylogit(["generate", formula, "--prompt", "Once", "--seed", "1", "--max-tokens", "5", ...flags, ...more])
  const one = await write()
  expect([one.code, one.err]).toEqual([0, ""])
  expect(one.out.length).toBeGreaterThan(3)
  expect((await write()).out).toBe(one.out)
  const rows = async (...more: ReadonlyArray<string>) => {
    const { out } = await polylogit(["logits", formula, "--context", "Once", "--json", ...flags, ...more])
    return JSON.parse(out).logProbs as ReadonlyArray<number>
  }
  expect(await rows("--set", "sentiment.alpha=-2")).not.toEqual(await rows())
})

test("models --model lists them, and models without a mix gives what it lists", async () => {
  const given = await polylogit(["models", ...flags, "--json"])
  expect(JSON.parse(given.out)).toMatchObject({ name: "tales", adapters: expect.arrayContaining(Object.keys(folders)) })
  const own = await polylogit(["models", "--model", join(golden, "base"), "--adapter", `joy=${golden}/positive`])
  expect(own.out).toContain("adapters       joy\n")
  const listed = JSON.parse((await polylogit(["models", "--json"])).out)
  expect(listed.classifiers.map(({ name }: { readonly name: string }) => name)).toContain("attributes-judge")
  expect(listed.models[0].adapters).toBeArray()
  expect((await polylogit(["models"])).out).toContain("  attributes-judge ")
})

describe("refused in one line", () => {
  const cases: ReadonlyArray<readonly [string, ReadonlyArray<string>, string]> = [
    ["no name", ["=./x"], "Cannot read --adapter =./x: expected NAME=FOLDER"],
    ["no folder", ["joy="], "Cannot read --adapter joy=: expected NAME=FOLDER"],
    ["neither", ["joy"], "Cannot read --adapter joy: expected NAME=FOLDER"],
    ["twice", ["joy=./a", " joy = ./b"], "Cannot give the adapter joy twice"],
    ["nothing there", ["joy=./nowhere"], "nowhere as the adapter joy: there is no such folder"],
    ["no adapter in it", [`joy=${folder}`], "as the adapter joy: there is neither adapter_config.json nor config.json"],
    [
      "of another base",
      [`joy=${golden}/positive`],
      "Cannot use joy as an adapter of this base: base_model.model.model.layers.0.self_attn."
    ]
  ]
  for (const [name, given, message] of cases) {
    test(name, async () => {
      const adapters = given.flatMap((one) => ["--adapter", one])
      const ran = await polylogit(["generate", "model()", "--prompt", "x", ...adapters])
      expect([ran.code, ran.out, ran.err.split("\n").length]).toEqual([2, "", 2])
      expect(ran.err).toContain(message)
    })
  }
  test("an adapter that was not given is named, with those that there are", async () => {
    const ran = await polylogit(["logits", "interpolate(model(), humor: 1)", ...flags])
    expect([ran.code, ran.out]).toEqual([2, ""])
    expect(ran.err).toContain('Cannot find the adapter "humor+" of tales: it has ')
  })
  test("a classifier that there is none of, with those that there are", async () => {
    const ran = await polylogit(["generate", 'model() + classifier("sentimint", label: "a")', "--prompt", "x"])
    expect([ran.code, ran.out]).toEqual([2, ""])
    expect(ran.err).toBe(
      'polylogit: Cannot find a classifier named "sentimint": there is no such folder, and the embedded classifiers are sentiment, style, attributes-judge, style-judge\n'
    )
  })
})
