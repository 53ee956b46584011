import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test"
import { cpSync, mkdirSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { DownloadProgress } from "../../../src/backends/hub/progress.ts"
import { HubEnvironment } from "../../../src/backends/hub/settings.ts"
import { openModel } from "../../../src/backends/open_model.ts"
import { layerWith } from "../../../src/embedded/models.ts"
import { Models } from "../../../src/model/models.ts"
import { polylogit } from "../../support/cli.ts"
import { rowDistance } from "../../support/language_model_laws.ts"
import { failure } from "../../support/run.ts"
import { exportLlama } from "../onnxruntime/export_llama.ts"
import { decoders, goldenCases, rowsOf } from "../onnxruntime/golden.ts"
import { temporaryFolder } from "../onnxruntime/temporary.ts"
import { fakeHub, type Repository } from "./fake_hub.ts"
import { commit } from "./fetching.ts"

// every file is flushed to the disk, which on a busy machine may take seconds
setDefaultTimeout(60_000)

/** What a folder holds, as a repository. */
const published = (folder: string): Repository => {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const files = entries.map((entry) => {
    const path = join(entry.parentPath, entry.name)
    return [path.slice(folder.length + 1), new Uint8Array(readFileSync(path))] as const
  })
  return { commit, files: Object.fromEntries(files) }
}
const tales = join(import.meta.dir, "../../../src/embedded/tales")
const llama = join(decoders, "llama")
/** A graph whose weights lie beside it, under the name that exporters use. */
const graph = () => {
  const folder = exportLlama({ past: true, positions: true, keep: false })
  return {
    commit,
    files: {
      "config.json": readFileSync(join(folder, "config.json"), "utf8"),
      "onnx/model.onnx": new Uint8Array(readFileSync(join(folder, "onnx/model.onnx"))),
      "onnx/model.onnx_data": new Uint8Array(readFileSync(join(folder, "onnx/model.onnx_data")))
    }
  }
}

let hub: Awaited<ReturnType<typeof fakeHub>>
const cache = temporaryFolder()
beforeAll(async () => {
  hub = await fakeHub({ "org/tales": published(tales), "org/llama": published(llama), "org/graph": graph() })
})
afterAll(() => hub.close())
const env = () => ({
  HOME: cache,
  HF_HUB_CACHE: join(cache, "hub"),
  HF_ENDPOINT: hub.url,
  HF_HUB_OFFLINE: "0",
  HF_HUB_ETAG_TIMEOUT: "300",
  HF_HUB_DOWNLOAD_TIMEOUT: "300"
})
const provided = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  effect.pipe(
    Effect.provideService(HubEnvironment, env()),
    Effect.provideService(DownloadProgress, () => {})
  )

describe("a model by name gives the rows of its folder", () => {
  test.each(["org/llama", `org/llama@${commit}`, "org/graph@main"])("%s", async (name) => {
    const program = Effect.gen(function* () {
      const model = yield* openModel(name)
      expect(model.name).toBe(name)
      for (const { context, rows } of yield* Effect.promise(() => goldenCases(llama))) {
        const given = yield* Effect.promise(() => rowsOf(model, context, 1))
        expect(rowDistance(given, rows)).toBeLessThan(1e-5)
      }
    })
    await Effect.runPromise(provided(Effect.scoped(program)))
  })
})

test("formulas name models on a hub, and each is opened once", async () => {
  const get = (name?: string) => Models.use((models) => models.get(name))
  const program = Effect.all([get(), get("org/tales"), get("org/tales@main")])
  const [a, b, other] = await Effect.runPromise(provided(Effect.provide(program, layerWith({ model: "org/tales" }))))
  expect(a).toBe(b)
  expect(other.vocabulary.size).toBe(4096)
  expect(other.vocabulary.tokenizer).toBeDefined()
})

test("a folder of that name wins", async () => {
  const folder = temporaryFolder()
  cpSync(llama, join(folder, "org/tales"), { recursive: true })
  hub.seen.length = 0
  const { code, out } = await polylogit(["models", "--model", "org/tales", "--json"], { env: env(), cwd: folder })
  expect([code, JSON.parse(out).tokenizer]).toEqual([0, false])
  expect(hub.seen).toEqual([])
})

describe("the command line", () => {
  test("writes from a model on a hub, and again without it", async () => {
    mkdirSync(join(cache, "cli"))
    const own = { ...env(), HF_HUB_CACHE: join(cache, "cli") }
    const formula = 'prompt("A fairy tale.") - 0.3 * prompt("A poem.", model: "org/tales@main")'
    const command = [
      "generate",
      formula,
      "--model",
      "org/tales",
      "--prompt",
      "Once",
      "--seed",
      "1",
      "--max-tokens",
      "8"
    ]
    const online = await polylogit(command, { env: own })
    expect(online.code).toBe(0)
    expect(online.err).toContain("Fetching org/tales@main: ")
    const offline = await polylogit(command, {
      env: { ...own, HF_HUB_OFFLINE: "1", HF_ENDPOINT: "http://127.0.0.1:1" }
    })
    expect(offline).toEqual({ code: 0, out: online.out, err: "" })
    const embedded = await polylogit(command.map((word) => word.replaceAll(/org\/tales(@main)?/g, "tales")))
    expect(embedded.out).toBe(online.out)
  }, 60_000)

  test("models lists what is in the cache", async () => {
    await Effect.runPromise(provided(Effect.scoped(openModel("org/llama"))))
    const { out } = await polylogit(["models"], { env: env() })
    expect(out).toMatch(/^Models in the Hugging Face cache:\n(.*\n)* {2}org\/llama@main +\d+\.\d kB$/m)
    const cached = JSON.parse((await polylogit(["models", "--json"], { env: env() })).out).cached
    const size = ["config.json", "model.safetensors"].reduce((sum, name) => sum + Bun.file(join(llama, name)).size, 0)
    expect(cached).toContainEqual({ name: "org/llama", revisions: ["main"], commit, size })
  })

  test("a name that nobody knows is told in a line, exit code 2", async () => {
    const { code, err, out } = await polylogit(["generate", "model()", "--model", "org/none"], { env: env() })
    expect([code, out]).toEqual([2, ""])
    expect(err).toBe(
      `polylogit: Cannot fetch org/none@main from ${hub.url}: there is no such model; if it is private, set HF_TOKEN to a token of yours; nor is there a file or folder org/none\n`
    )
  })
})

test("the error of a name tells the name", async () => {
  const error = await failure(provided(Effect.scoped(openModel("org/none"))))
  expect(error).toMatchObject({ _tag: "ModelLoadError", model: "org/none@main" })
})
