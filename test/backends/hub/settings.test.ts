import { describe, expect, test } from "bun:test"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { isInside, parseHubName, showHubName } from "../../../src/backends/hub/hub_name.ts"
import { type DownloadEvent, reporter, showBytes } from "../../../src/backends/hub/progress.ts"
import { HubEnvironment, hubCache, hubSettings } from "../../../src/backends/hub/settings.ts"
import { failure } from "../../support/run.ts"
import { temporaryFolder } from "../onnxruntime/temporary.ts"

type Environment = Readonly<Record<string, string | undefined>>
const HOME = "/home/me"
const settings = (env: Environment) =>
  Effect.runPromise(Effect.provideService(hubSettings, HubEnvironment, { HOME, ...env }))

describe("where the cache is", () => {
  test.each<[Environment, string]>([
    [{}, "/home/me/.cache/huggingface/hub"],
    [{ XDG_CACHE_HOME: "/x" }, "/x/huggingface/hub"],
    [{ XDG_CACHE_HOME: "/x", HF_HOME: "/h" }, "/h/hub"],
    [{ HF_HOME: "~/h" }, "/home/me/h/hub"],
    [{ HF_HOME: "$ROOT/h", ROOT: "/r" }, "/r/h/hub"],
    [{ HF_HOME: "/h", HUGGINGFACE_HUB_CACHE: "/old" }, "/old"],
    [{ HUGGINGFACE_HUB_CACHE: "/old", HF_HUB_CACHE: "/new" }, "/new"],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as a shell would have it
    [{ HF_HUB_CACHE: "${ROOT}/$NONE/c", ROOT: "~" }, join(process.cwd(), "~/$NONE/c")],
    [{ HF_HUB_CACHE: "~" }, "/home/me"],
    [{ HF_HUB_CACHE: "~you/c" }, join(process.cwd(), "~you/c")]
  ])("%p", (env, expected) => expect(hubCache({ HOME, ...env })).toBe(expected))
})

describe("what else the environment says", () => {
  test("nothing: the public hub, without a token", async () => {
    expect(await settings({ HOME: temporaryFolder() })).toMatchObject({
      endpoint: "https://huggingface.co",
      token: undefined,
      offline: false,
      timeouts: { question: 10_000, bytes: 10_000 },
      symlinks: true,
      bar: "terminal"
    })
  })

  test.each<[Environment, object]>([
    [{ HF_ENDPOINT: "https://mirror.example//" }, { endpoint: "https://mirror.example" }],
    [{ HF_HUB_OFFLINE: "1" }, { offline: true }],
    [{ HF_HUB_OFFLINE: "true" }, { offline: true }],
    [{ HF_HUB_OFFLINE: "0" }, { offline: false }],
    [{ TRANSFORMERS_OFFLINE: "YES" }, { offline: true }],
    [{ HF_HUB_OFFLINE: "0", TRANSFORMERS_OFFLINE: "1" }, { offline: false }],
    [{ HF_TOKEN: " a\n" }, { token: "a" }],
    [{ HF_TOKEN: "", HUGGING_FACE_HUB_TOKEN: "b" }, { token: "b" }],
    [{ HF_TOKEN: "a", HF_HUB_DISABLE_IMPLICIT_TOKEN: "1" }, { token: undefined }],
    [{ HF_HUB_ETAG_TIMEOUT: "3", HF_HUB_DOWNLOAD_TIMEOUT: "60" }, { timeouts: { question: 3000, bytes: 60_000 } }],
    [{ HF_HUB_ETAG_TIMEOUT: "0" }, { timeouts: { question: 10_000, bytes: 10_000 } }],
    [{ HF_HUB_DISABLE_SYMLINKS: "1" }, { symlinks: false }],
    [{ HF_HUB_DISABLE_PROGRESS_BARS: "1" }, { bar: "never" }],
    [{ HF_HUB_DISABLE_PROGRESS_BARS: "0" }, { bar: "always" }]
  ])("%p", async (env, expected) => expect(await settings(env)).toMatchObject(expected))

  test("a token may lie in a file", async () => {
    const home = temporaryFolder({ token: "hf_a\n", other: "hf_b" })
    expect((await settings({ HF_HOME: home })).token).toBe("hf_a")
    expect((await settings({ HF_HOME: home, HF_TOKEN_PATH: join(home, "other") })).token).toBe("hf_b")
    expect((await settings({ HF_HOME: home, HF_TOKEN: "hf_c" })).token).toBe("hf_c")
  })

  test("what cannot be read is told", async () => {
    const wrong = (env: Environment) => failure(Effect.provideService(hubSettings, HubEnvironment, { HOME, ...env }))
    expect((await wrong({ HF_HUB_ETAG_TIMEOUT: "1.5" })).what).toBe(
      "HF_HUB_ETAG_TIMEOUT is no whole number of seconds: 1.5"
    )
    for (const endpoint of ["hub.example", "file:///etc", "http://"]) {
      expect((await wrong({ HF_ENDPOINT: endpoint })).what).toStartWith("HF_ENDPOINT is no address with http(s)://: ")
    }
    const folder = temporaryFolder()
    expect((await wrong({ HF_TOKEN_PATH: folder })).what).toBe(`the token in ${folder} cannot be read`)
  })
})

describe("names", () => {
  test.each([
    ["org/name", "org/name", "main"],
    ["org/name@v1.0", "org/name", "v1.0"],
    ["org/name@refs/pr/1", "org/name", "refs/pr/1"],
    ["0rg_-.x/N.a-m_e@a@b", "0rg_-.x/N.a-m_e", "a@b"]
  ])("%s", (text, repository, revision) => {
    expect(parseHubName(text)).toEqual({ repository, revision })
    expect(parseHubName(showHubName({ repository, revision }))).toEqual({ repository, revision })
  })

  test.each(
    [
      ["name", "./name", "../name", "/org/name", "org/name/", "a/b/c", "org\\name", "org/..", "org/a..b", "~/name"],
      ["a--b/name", "org/-name", "org/name.", "org/model.onnx", "org/model.safetensors", "org/n.git", "é/name"],
      ["org/name@", "org/name@..", "org/name@a/../b", "org/name@/etc", "org/name@a\\b", "org/name@a b", "org/name@a:b"],
      ["org/name@a//b", "org/name@\n", "@main", "", "org/@main", `org/${"n".repeat(97)}`]
    ].flat()
  )("%p is none", (text) => expect(parseHubName(text)).toBeUndefined())

  test("whatever is read as a name stays in its folder", () => {
    const piece = fc.constantFrom("a", "..", ".", "/", "\\", "@", "-", "--", "org/name@", "\0", ":", "C:", "é")
    const text = fc.oneof(
      fc.array(piece, { maxLength: 8 }).map((all) => all.join("")),
      fc.string()
    )
    fc.assert(
      fc.property(text, (given) => {
        const name = parseHubName(given)
        if (name === undefined) return
        const root = "/cache"
        for (const path of [`models--${name.repository.replaceAll("/", "--")}`, `refs/${name.revision}`]) {
          expect(join(root, path)).toBe(`${root}/${path}`)
        }
      })
    )
  })

  test("a path inside stays inside, joined under POSIX", () => {
    const piece = fc.constantFrom("a", "..", ".", "/", "//", "b.c", "...")
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const path = pieces.join("")
        const inside = path !== "" && !path.endsWith("/") && join("/root", path) === `/root/${path}`
        expect(isInside(path)).toBe(inside)
      })
    )
  })
})

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [999_949, "999.9 kB"],
  [1_234_567_890, "1.2 GB"],
  [5e15, "5000.0 TB"]
])("%d bytes are %s", (bytes, text) => expect(showBytes(bytes)).toBe(text))

test("a bar is drawn over itself, a note gets a line of its own, and without a terminal there is no bar", () => {
  const told = (isTTY: boolean, bar: DownloadEvent["bar"]) => {
    let out = ""
    let time = 0
    const tell = reporter({ isTTY, columns: 60, write: (text) => (out += text) }, () => time)
    const event = { model: "org/name@main", received: 50, total: 200, bar }
    tell({ ...event, kind: "begins", note: "2 files" })
    tell({ ...event, kind: "moves" })
    tell({ ...event, kind: "moves", received: 51 })
    time += 100
    tell({ ...event, kind: "moves", received: 100 })
    tell({ ...event, kind: "note", note: "waits" })
    tell({ ...event, kind: "ends", received: 200 })
    return out
  }
  const lines = (over: string) =>
    `Fetching org/name@main: 2 files, 150 B\n${over}org/name@main: waits\nFetched org/name@main: 200 B\n`
  const clear = "\r\x1b[K"
  const bar = `${clear}██████░░░░░░░░░░░░░░░░░░ 25% of 200 B  org/name@main${clear}████████████░░░░░░░░░░░░ 50% of 200 B  org/name@main${clear}`
  expect(told(true, "terminal")).toBe(lines(bar))
  expect(told(false, "always")).toBe(lines(bar))
  expect(told(false, "terminal")).toBe(lines(""))
  expect(told(true, "never")).toBe("org/name@main: waits\n")
})
