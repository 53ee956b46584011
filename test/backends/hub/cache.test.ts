import { describe, expect, setDefaultTimeout, test } from "bun:test"
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { cachedModels } from "../../../src/backends/hub/scan.ts"
import { HubEnvironment } from "../../../src/backends/hub/settings.ts"
import { failure } from "../../support/run.ts"
import { temporaryFolder } from "../onnxruntime/temporary.ts"
import { blobOf, fakeHub, gitHash, sha256 } from "./fake_hub.ts"
import { commit, fetching, files, read } from "./fetching.ts"

// every file is flushed to the disk, which on a busy machine may take seconds
setDefaultTimeout(60_000)

const repositories = { "org/name": { commit, files } }
const closed = "http://127.0.0.1:1"
const repository = (cache: string) => join(cache, "models--org--name")
const seeded = async () => {
  using hub = await fakeHub(repositories)
  const cache = temporaryFolder()
  await Effect.runPromise(fetching({ cache, endpoint: hub.url }))
  return cache
}
const below = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()

test("the cache has the layout of huggingface_hub, and only what is read is fetched", async () => {
  using hub = await fakeHub(repositories)
  const cache = temporaryFolder()
  const folder = await Effect.runPromise(fetching({ cache, endpoint: hub.url }))
  expect(folder).toBe(join(cache, "models--org--name/snapshots", commit))
  const content = (path: string) => files[path as keyof typeof files]
  expect(below(repository(cache))).toEqual(
    [
      ...["chat_template.jinja", "chat_template.json", "generation_config.json", "special_tokens_map.json"].map(
        (path) => `.no_exist/${commit}/${path}`
      ),
      ...read.map((path) => `blobs/${blobOf(path, content(path))}`),
      "refs/main",
      ...read.map((path) => `snapshots/${commit}/${path}`),
      `trees/${commit}.json`
    ].sort()
  )
  expect(readFileSync(join(repository(cache), "refs/main"), "utf8")).toBe(commit)
  expect(readlinkSync(join(folder, "config.json"))).toBe(`../../blobs/${gitHash(files["config.json"])}`)
  expect(readlinkSync(join(folder, "model.safetensors"))).toBe(`../../blobs/${sha256(files["model.safetensors"])}`)
  expect(readFileSync(join(folder, "model.safetensors"))).toEqual(Buffer.from(files["model.safetensors"]))
  const tree = JSON.parse(readFileSync(join(repository(cache), "trees", `${commit}.json`), "utf8"))
  expect(tree.format_version).toBe(1)
  expect(Object.keys(tree.files)).toEqual(Object.keys(files).sort())
  expect(tree.files["config.json"]).toEqual({ size: 22, blob_id: gitHash(files["config.json"]) })
  expect(tree.files["model.safetensors"]).toMatchObject({
    size: 300_000,
    lfs_sha256: sha256(files["model.safetensors"]),
    lfs_size: 300_000
  })
  expect(below(join(cache, ".locks"))).toEqual(
    read.map((path) => `models--org--name/${blobOf(path, content(path))}.lock`).sort()
  )
  expect(readFileSync(join(cache, "CACHEDIR.TAG"), "utf8")).toStartWith("Signature: 8a477f597d28d172789f06886806bc55")
})

test("the requests of a first time: one for the commit, one for the list, one for each file", async () => {
  using hub = await fakeHub(repositories)
  await Effect.runPromise(fetching({ cache: temporaryFolder(), endpoint: hub.url }))
  expect(new Set(hub.seen.map(({ encoding }) => encoding))).toEqual(new Set(["identity"]))
  expect(hub.seen.map(({ path }) => path).sort()).toEqual(
    [
      "/api/models/org/name/revision/main",
      `/api/models/org/name/tree/${commit}`,
      ...read.map((path) => `/org/name/resolve/${commit}/${path}`)
    ].sort()
  )
})

test("a list of many pages is read to its end", async () => {
  using hub = await fakeHub(repositories)
  hub.listed = (entries) => entries.slice(4)
  hub.misbehave = ({ answer, url }) => {
    if (!url.pathname.includes("/tree/") || url.searchParams.has("cursor")) return false
    const first = ["config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"] as const
    const entries = first.map((path) => {
      const lfs = path === "model.safetensors" && { lfs: { oid: sha256(files[path]), size: files[path].length } }
      return { type: "file", path, oid: gitHash(files[path]), size: files[path].length, ...lfs }
    })
    url.searchParams.set("cursor", "2")
    answer.writeHead(200, { "content-type": "application/json", link: `<${url.href}>; rel="next"` })
    answer.end(JSON.stringify(entries))
    return true
  }
  const cache = temporaryFolder()
  await Effect.runPromise(fetching({ cache, endpoint: hub.url }))
  const tree = JSON.parse(readFileSync(join(repository(cache), "trees", `${commit}.json`), "utf8"))
  expect(Object.keys(tree.files)).toEqual(Object.keys(files).sort())
})

test("what is there is not asked for again: a branch costs one question, a commit none", async () => {
  using hub = await fakeHub(repositories)
  const cache = temporaryFolder()
  const get = (revision: string) =>
    Effect.runPromise(fetching({ cache, endpoint: hub.url, name: `org/name@${revision}` }))
  const folder = await get("main")
  hub.seen.length = 0
  expect(await get("main")).toBe(folder)
  expect(hub.seen.map(({ path }) => path)).toEqual(["/api/models/org/name/revision/main"])
  hub.seen.length = 0
  expect(await get(commit)).toBe(folder)
  expect(hub.seen).toEqual([])
})

test("a cache that hf_hub_download filled file by file needs the list once, and none of its files", async () => {
  const cache = await seeded()
  rmSync(join(repository(cache), "trees"), { recursive: true })
  rmSync(join(repository(cache), ".no_exist"), { recursive: true })
  using hub = await fakeHub(repositories)
  const get = Effect.runPromise(fetching({ cache, endpoint: hub.url, name: `org/name@${commit}` }))
  expect(await get).toEndWith(commit)
  expect(hub.seen.map(({ path }) => path)).toEqual([`/api/models/org/name/tree/${commit}`])
})

test("markers of what does not exist are as good as a list", async () => {
  const cache = await seeded()
  rmSync(join(repository(cache), "trees"), { recursive: true })
  expect(await Effect.runPromise(fetching({ cache, endpoint: closed, name: `org/name@${commit}` }))).toEndWith(commit)
})

describe("without the hub", () => {
  test.each([
    ["HF_HUB_OFFLINE", { HF_HUB_OFFLINE: "1" }],
    ["no connection", {}]
  ] as const)("%s: a branch is what it was when last seen", async (_, env) => {
    const cache = await seeded()
    const notes: Array<string> = []
    const tell = ({ note = "" }: { readonly note?: string }) => void notes.push(note)
    const folder = await Effect.runPromise(fetching({ cache, endpoint: closed, env, tell }))
    expect(folder).toEndWith(commit)
    const said = Object.keys(env).length > 0 ? [] : [expect.stringContaining("what is in the cache is used")]
    expect(notes).toEqual(said as Array<string>)
  })

  test("what is not in the cache is told with the place where it was looked for", async () => {
    const cache = temporaryFolder()
    const offline = await failure(fetching({ cache, endpoint: closed, env: { HF_HUB_OFFLINE: "yes" } }))
    expect(offline._tag).toBe("ModelLoadError")
    expect(offline.message).toBe(
      `Cannot find org/name@main in ${cache} (the folder named by HF_HUB_CACHE or HF_HOME), and HF_HUB_OFFLINE is set, so that it is not fetched from ${closed}`
    )
    const slept: Array<number> = []
    const alone = await failure(fetching({ cache, endpoint: closed, slept }))
    expect(alone.message).toContain(`${closed} cannot be reached (ECONNREFUSED)`)
    expect(alone.message).toContain(cache)
    expect(slept).toEqual([1000])
  })

  test("a half of a model is none", async () => {
    const cache = await seeded()
    rmSync(join(repository(cache), "snapshots", commit, "model.safetensors"))
    const error = await failure(fetching({ cache, endpoint: closed, env: { HF_HUB_OFFLINE: "1" } }))
    expect(error.message).toContain("HF_HUB_OFFLINE is set")
  })
})

describe("a damaged cache is mended", () => {
  const weights = files["model.safetensors"]
  const blob = (cache: string) => join(repository(cache), "blobs", sha256(weights))
  const link = (cache: string) => join(repository(cache), "snapshots", commit, "model.safetensors")
  test.each<[string, (cache: string) => void, number]>([
    ["a blob that is too short", (cache) => truncateSync(blob(cache), 1000), 1],
    ["an empty blob", (cache) => truncateSync(blob(cache), 0), 1],
    ["a link that leads nowhere", (cache) => rmSync(blob(cache)), 1],
    ["a link that is not there", (cache) => rmSync(link(cache)), 0],
    [
      "a link to something else",
      (cache) => {
        rmSync(link(cache))
        symlinkSync(`../../blobs/${gitHash(files["config.json"])}`, link(cache))
      },
      0
    ],
    ["a list that is cut", (cache) => truncateSync(join(repository(cache), "trees", `${commit}.json`), 9), 0],
    ["a branch that stands for nonsense", (cache) => writeFileSync(join(repository(cache), "refs/main"), "../.."), 0]
  ])("%s", async (_, damage, fetched) => {
    const cache = await seeded()
    damage(cache)
    using hub = await fakeHub(repositories)
    const folder = await Effect.runPromise(fetching({ cache, endpoint: hub.url }))
    expect(readFileSync(join(folder, "model.safetensors"))).toEqual(Buffer.from(weights))
    expect(realpathSync(join(folder, "model.safetensors"))).toBe(realpathSync(blob(cache)))
    expect(readFileSync(join(repository(cache), "refs/main"), "utf8")).toBe(commit)
    expect(hub.files().length).toBe(fetched)
  })
})

test("a new commit on the branch is followed, and what it shares is not fetched again", async () => {
  const cache = await seeded()
  const next = "f".repeat(40)
  const changed = { ...files, "config.json": "[]", "chat_template.jinja": "{{ x }}" }
  using hub = await fakeHub({ "org/name": { commit: next, files: changed } })
  const folder = await Effect.runPromise(fetching({ cache, endpoint: hub.url }))
  expect(folder).toEndWith(next)
  expect(
    hub
      .files()
      .map(({ path }) => path.split("/").at(-1)!)
      .sort()
  ).toEqual(["chat_template.jinja", "config.json"])
  expect(readFileSync(join(folder, "tokenizer_config.json"), "utf8")).toBe('{"a":1}')
  expect(readFileSync(join(repository(cache), "refs/main"), "utf8")).toBe(next)
})

test("where links are not wanted, a snapshot holds the files", async () => {
  using hub = await fakeHub(repositories)
  const cache = temporaryFolder()
  const env = { HF_HUB_DISABLE_SYMLINKS: "1" }
  const folder = await Effect.runPromise(fetching({ cache, endpoint: hub.url, env }))
  expect(statSync(join(folder, "model.safetensors")).size).toBe(300_000)
  expect(below(repository(cache)).filter((path) => path.startsWith("blobs/"))).toEqual([])
  expect(await Effect.runPromise(fetching({ cache, endpoint: closed, env, name: `org/name@${commit}` }))).toBe(folder)
})

test("a graph that somebody fetched is used without the hub; with it come the safetensors that would be chosen", async () => {
  const cache = await seeded()
  const weights = join(repository(cache), "snapshots", commit, "model.safetensors")
  rmSync(realpathSync(weights))
  rmSync(weights)
  mkdirSync(join(weights, "../onnx"))
  writeFileSync(join(weights, "../onnx/model.onnx"), files["onnx/model.onnx"])
  const name = `org/name@${commit}`
  const env = { HF_HUB_OFFLINE: "1" }
  expect(await Effect.runPromise(fetching({ cache, endpoint: closed, name, env }))).toEndWith(commit)
  using hub = await fakeHub(repositories)
  await Effect.runPromise(fetching({ cache, endpoint: hub.url, name }))
  expect(statSync(weights).size).toBe(300_000)
})

describe("which weights", () => {
  const shard = (n: number) => `model-0000${n}-of-00002.safetensors`
  const index = JSON.stringify({ weight_map: { a: shard(1), b: shard(2), c: shard(1) } })
  const forms: ReadonlyArray<readonly [string, Record<string, string>, ReadonlyArray<string>]> = [
    [
      "shards that the index names",
      { "model.safetensors.index.json": index, [shard(1)]: "1", [shard(2)]: "2", "other.safetensors": "3" },
      ["model.safetensors.index.json", shard(1), shard(2)]
    ],
    [
      "a graph with its data, and no other graph",
      {
        "onnx/model.onnx": "g",
        "onnx/model.onnx_data": "d",
        "onnx/model.onnx_data_1": "e",
        "onnx/model_q4.onnx": "h",
        "onnx/model_q4.onnx_data": "i"
      },
      ["onnx/model.onnx", "onnx/model.onnx_data", "onnx/model.onnx_data_1"]
    ],
    ["a graph of another name", { "onnx/model_fp32.onnx": "g", "onnx/decoder.onnx": "h" }, ["onnx/model_fp32.onnx"]],
    ["a graph in no folder", { "model.onnx": "g", "model.onnx.data": "h" }, ["model.onnx", "model.onnx.data"]]
  ]
  for (const [what, weights, expected] of forms) {
    test(what, async () => {
      using hub = await fakeHub({ "org/name": { commit, files: { "config.json": "{}", ...weights } } })
      const cache = temporaryFolder()
      const folder = await Effect.runPromise(fetching({ cache, endpoint: hub.url }))
      expect(below(folder)).toEqual(["config.json", ...expected].sort())
      for (const path of expected) expect(readFileSync(join(folder, path), "utf8")).toBe(weights[path]!)
      const name = `org/name@${commit}`
      expect(await Effect.runPromise(fetching({ cache, endpoint: closed, name }))).toBe(folder)
      rmSync(realpathSync(join(folder, expected.at(-1)!)))
      expect((await failure(fetching({ cache, endpoint: closed, name }))).message).toContain("cannot be reached")
      const env = { HF_HUB_OFFLINE: "1" }
      expect((await failure(fetching({ cache, endpoint: closed, name, env }))).message).toContain("Cannot find")
    })
  }

  test("none: what there is instead is told", async () => {
    using hub = await fakeHub({ "org/name": { commit, files: { "model.gguf": "x", "README.md": "y" } } })
    const error = await failure(fetching({ cache: temporaryFolder(), endpoint: hub.url }))
    expect(error.message).toBe(
      `Cannot fetch org/name@main from ${hub.url}: it has neither safetensors nor a graph (onnx/model*.onnx), but model.gguf, README.md`
    )
    expect(hub.files()).toEqual([])
  })
})

describe("the models in the cache", () => {
  const scan = (cache: string) =>
    Effect.runPromise(Effect.provideService(cachedModels, HubEnvironment, { HF_HUB_CACHE: cache }))

  test("are listed with their revisions and sizes", async () => {
    const cache = await seeded()
    mkdirSync(join(repository(cache), "refs/refs/pr"), { recursive: true })
    writeFileSync(join(repository(cache), "refs/refs/pr/1"), commit)
    const size = read.reduce((sum, path) => sum + Buffer.from(files[path as keyof typeof files] as string).length, 0)
    expect(await scan(cache)).toEqual([{ name: "org/name", revisions: ["main", "refs/pr/1"], commit, size }])
    rmSync(join(repository(cache), "refs"), { recursive: true })
    expect(await scan(cache)).toEqual([{ name: "org/name", revisions: [commit], commit, size }])
  })

  test("a broken folder is left out, whatever is broken", async () => {
    const cache = await seeded()
    mkdirSync(join(cache, "models--broken"))
    writeFileSync(join(cache, "models--a--file"), "")
    symlinkSync("nowhere", join(cache, "models--dangling--link"))
    mkdirSync(join(cache, "models--no--weights/snapshots", commit), { recursive: true })
    mkdirSync(join(cache, "datasets--org--data/snapshots", commit), { recursive: true })
    mkdirSync(join(cache, "models--org--half/snapshots", commit), { recursive: true })
    symlinkSync("../../blobs/gone", join(cache, "models--org--half/snapshots", commit, "model.safetensors"))
    mkdirSync(join(cache, "blobs/ab"), { recursive: true })
    symlinkSync(".", join(cache, "models--org--half/snapshots", "loop"))
    expect((await scan(cache)).map(({ name }) => name)).toEqual(["org/name"])
    expect(await scan(join(cache, "nowhere"))).toEqual([])
    expect(await scan(join(cache, "models--a--file"))).toEqual([])
  })
})
