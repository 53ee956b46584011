import { describe, expect, setDefaultTimeout, test } from "bun:test"
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import type { IncomingMessage, ServerResponse } from "node:http"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { failure } from "../../support/run.ts"
import { temporaryFolder } from "../onnxruntime/temporary.ts"
import { fakeHub, gitHash, refuse, sendFile, sha256 } from "./fake_hub.ts"
import { commit, fetching, files, read } from "./fetching.ts"

// every file is flushed to the disk, which on a busy machine may take seconds
setDefaultTimeout(60_000)

const weights = Buffer.from(files["model.safetensors"])
const token = { HF_TOKEN: "hf_secret" }

type Hub = Awaited<ReturnType<typeof fakeHub>>
type Misbehaviour = Hub["misbehave"]

/** A hub with one repository, a cache, and a way to fetch. */
const start = async (misbehave?: Misbehaviour) => {
  const hub = await fakeHub({ "org/name": { commit, files } })
  if (misbehave !== undefined) hub.misbehave = misbehave
  const cache = temporaryFolder()
  const slept: Array<number> = []
  const blob = join(cache, "models--org--name/blobs", sha256(weights))
  return {
    hub,
    cache,
    slept,
    blob,
    partial: `${blob}.incomplete`,
    get: (env: Record<string, string> = {}, name = "org/name") =>
      fetching({ cache, endpoint: hub.url, env, slept, name }),
    ranges: () =>
      hub.files().flatMap(({ path, range }) => (path.endsWith("model.safetensors") ? [range ?? "all"] : [])),
    [Symbol.dispose]: () => hub.close()
  }
}
const isWeights = (url: URL) => url.pathname.endsWith("/model.safetensors")
/** Does the first `times` requests that fit otherwise. */
const first = (times: number, fits: (url: URL) => boolean, other: Misbehaviour): Misbehaviour => {
  let left = times
  return (what) => fits(what.url) && left-- > 0 && other(what)
}
const status =
  (code: number, headers: Record<string, string> = {}): Misbehaviour =>
  ({ answer }) =>
    refuse(answer, code, headers)
/** An answer that calls itself JSON. */
const says =
  (body: string): Misbehaviour =>
  ({ answer }) => {
    answer.writeHead(200, { "content-type": "application/json" })
    answer.end(body)
    return true
  }
/** Sends `bytes` more bytes of what was asked for, and breaks off when they are in the file. */
const cutAfter =
  (bytes: number, file: () => string): Misbehaviour =>
  ({ answer, request }) => {
    const from = Number(/\d+/.exec(request.headers.range ?? "0")![0])
    answer.writeHead(from > 0 ? 206 : 200, {
      "content-length": weights.length - from,
      ...(from > 0 && { "content-range": `bytes ${from}-${weights.length - 1}/${weights.length}` })
    })
    answer.write(weights.subarray(from, from + bytes))
    const arrived = setInterval(() => {
      if ((statSync(file(), { throwIfNoEntry: false })?.size ?? 0) < from + bytes) return
      clearInterval(arrived)
      answer.socket?.destroy()
    }, 5)
    return true
  }
const sends =
  (bytes: Buffer): Misbehaviour =>
  ({ answer, request }) => {
    sendFile(request, answer, bytes)
    return true
  }
const besideWeights = Buffer.byteLength(
  read
    .slice(0, 3)
    .map((path) => files[path as keyof typeof files])
    .join("")
)
const whole = (path: string) => expect(readFileSync(path)).toEqual(weights)

describe("a connection that breaks off", () => {
  test("is taken up where it broke, as often as bytes come", async () => {
    using it = await start(first(7, isWeights, (what) => cutAfter(40_000, () => it.partial)(what)))
    await Effect.runPromise(it.get())
    whole(it.blob)
    expect(it.ranges()).toEqual(["all", ...[1, 2, 3, 4, 5, 6, 7].map((n) => `bytes=${n * 40_000}-`)])
    expect(it.slept).toEqual(Array(7).fill(1000))
    expect(existsSync(it.partial)).toBe(false)
  })

  test("without a byte is given up after six times, and what had come is kept for the next run", async () => {
    let cuts = 0
    using it = await start((what) => isWeights(what.url) && cutAfter(cuts++ === 0 ? 1234 : 0, () => it.partial)(what))
    const error = await failure(it.get())
    expect(error.message).toContain("Cannot find org/name@main in")
    expect(error.message).toMatch(/http:\/\/127.0.0.1:\d+ (broke off|cannot be reached)/)
    // Bun itself repeats a request on a kept connection that ends before an answer
    expect(it.ranges().length).toBeGreaterThanOrEqual(6)
    expect(it.slept).toEqual([1000, 2000, 4000, 8000, 8000])
    expect(existsSync(it.blob)).toBe(false)
    expect(statSync(it.partial).size).toBe(1234)
    expect(existsSync(join(it.cache, "models--org--name/refs/main"))).toBe(false)

    it.hub.misbehave = () => false
    it.hub.seen.length = 0
    await Effect.runPromise(it.get())
    whole(it.blob)
    expect(it.ranges()).toEqual(["bytes=1234-"])
  })

  test("a server that goes silent is one that broke off", async () => {
    const silent: Misbehaviour = ({ answer }) => {
      answer.writeHead(200, { "content-length": weights.length })
      return answer.write(weights.subarray(0, 500)) || true
    }
    using it = await start(first(1, isWeights, silent))
    await Effect.runPromise(it.get({ HF_HUB_DOWNLOAD_TIMEOUT: "30" }))
    whole(it.blob)
    expect(it.ranges()).toEqual(["all", "bytes=500-"])
  })

  test("a server that knows no ranges sends all of it again", async () => {
    const all: Misbehaviour = ({ answer }) => {
      answer.writeHead(200, { "content-length": weights.length })
      answer.end(weights)
      return true
    }
    let count = 0
    using it = await start(
      (what) => isWeights(what.url) && (count++ === 0 ? cutAfter(1000, () => it.partial) : all)(what)
    )
    await Effect.runPromise(it.get())
    whole(it.blob)
    expect(it.ranges()).toEqual(["all", "bytes=1000-"])
  })

  test("a part that the server does not have (416) begins anew", async () => {
    using it = await start(first(1, isWeights, status(416)))
    mkdirSync(join(it.blob, ".."), { recursive: true })
    writeFileSync(it.partial, weights.subarray(0, 77))
    await Effect.runPromise(it.get())
    whole(it.blob)
    expect(it.ranges()).toEqual(["bytes=77-", "all"])
  })
})

describe("what is kept from an earlier run", () => {
  test.each<[string, Buffer, ReadonlyArray<string>]>([
    ["all of it, not yet renamed", weights, []],
    ["more than the file has", Buffer.concat([weights, weights]), ["all"]],
    ["other bytes", Buffer.alloc(5000, 1), ["bytes=5000-", "all"]],
    ["other bytes of the full length", Buffer.alloc(weights.length, 1), ["all"]],
    ["nothing", Buffer.alloc(0), ["all"]]
  ])("%s", async (_, kept, ranges) => {
    using it = await start()
    mkdirSync(join(it.blob, ".."), { recursive: true })
    writeFileSync(it.partial, kept)
    await Effect.runPromise(it.get())
    whole(it.blob)
    expect(it.ranges()).toEqual([...ranges])
  })
})

describe("bytes that are not those of the list", () => {
  const turned = Buffer.from(weights).reverse()
  test.each<[string, Misbehaviour, string]>([
    ["another hash", sends(turned), `their hash is ${sha256(turned)}, not ${sha256(weights)}`],
    ["shorter", sends(weights.subarray(1)), "299999 bytes are announced, and the listing says 300000"],
    ["longer", sends(Buffer.concat([weights, weights])), "600000 bytes are announced"],
    [
      "longer, without saying so",
      ({ answer }) => {
        answer.writeHead(200, { "transfer-encoding": "chunked" })
        answer.end(Buffer.concat([weights, weights]))
        return true
      },
      "more than the 300000 bytes come that the listing says"
    ]
  ])("%s: tried once more, told, and nothing of it kept", async (_, misbehave, message) => {
    using it = await start((what) => isWeights(what.url) && misbehave(what))
    const error = await failure(it.get())
    expect(error.message).toStartWith(`Cannot fetch org/name@main from ${it.hub.url}: `)
    expect(error.message).toContain(message)
    expect(it.ranges()).toEqual(["all", "all"])
    expect([existsSync(it.blob), existsSync(it.partial)]).toEqual([false, false])
  })

  test("once only: the second time is good", async () => {
    using it = await start(first(1, isWeights, sends(turned)))
    await Effect.runPromise(it.get())
    whole(it.blob)
  })

  test("a small file's hash is git's", async () => {
    using it = await start(
      (what) => what.url.pathname.endsWith("/config.json") && sends(Buffer.from('{"model_type":"other"}'))(what)
    )
    const error = await failure(it.get())
    expect(error.message).toContain(`their hash is ${gitHash('{"model_type":"other"}')}, not`)
  })

  test("without a length, as when it is compressed on its way, all is well if the bytes are right", async () => {
    using it = await start(({ answer, url }) => {
      if (!isWeights(url)) return false
      answer.writeHead(200, { "content-encoding": "gzip", "transfer-encoding": "chunked" })
      answer.end(Bun.gzipSync(weights))
      return true
    })
    await Effect.runPromise(it.get())
    whole(it.blob)
  })
})

describe("a hub that is busy or broken for a while", () => {
  const question = (url: URL) => url.pathname.includes("/api/")
  test.each<[string, (url: URL) => boolean, number, Record<string, string>, ReadonlyArray<number>]>([
    ["429 with Retry-After", question, 429, { "retry-after": "7" }, [7000]],
    ["429 with Retry-After for a file", isWeights, 429, { "retry-after": "3" }, [3000]],
    ["500", question, 500, {}, [1000]],
    ["503 for a file", isWeights, 503, {}, [1000]]
  ])("%s: waits and asks again", async (_, fits, code, headers, waits) => {
    using it = await start(first(1, fits, status(code, headers)))
    await Effect.runPromise(it.get())
    whole(it.blob)
    expect(it.slept).toEqual([...waits])
  })

  test("Retry-After as a date", async () => {
    const date = new Date(Date.now() + 20_000).toUTCString()
    using it = await start(first(1, question, status(429, { "retry-after": date })))
    await Effect.runPromise(it.get())
    expect(it.slept.length).toBe(1)
    expect(it.slept[0]).toBeWithin(10_000, 20_001)
  })

  test.each<[number, Record<string, string>, ReadonlyArray<number>, string]>([
    [500, {}, [1000, 2000, 4000, 8000, 8000], "answers 500"],
    [429, { "retry-after": "5" }, Array(5).fill(5000), "answers 429"],
    [429, { "retry-after": "3600" }, [], "answers 429 and asks to wait 3600 s"]
  ])("%p %p for good: told, in the end", async (code, headers, waits, message) => {
    using it = await start((what) => question(what.url) && status(code, headers)(what))
    expect((await failure(it.get())).message).toEndWith(message)
    expect(it.slept).toEqual([...waits])
  })

  test("who has a copy does not wait: the copy is used", async () => {
    using it = await start()
    const folder = await Effect.runPromise(it.get())
    it.hub.misbehave = status(503)
    expect(await Effect.runPromise(it.get())).toBe(folder)
    expect(it.slept).toEqual([])
  })

  test("who has a copy is told that the revision is gone", async () => {
    using it = await start()
    await Effect.runPromise(it.get())
    it.hub.misbehave = status(404, { "x-error-code": "RevisionNotFound" })
    expect((await failure(it.get())).message).toContain("org/name has no branch, tag or commit main")
  })
})

describe("refusals are told, each with what to do", () => {
  test.each<[string, Misbehaviour, Record<string, string>, string]>([
    ["401", status(401), {}, "there is no such model, or it is private: set HF_TOKEN to a token of yours"],
    ["401 with a token", status(401), token, "or it is private: the token in HF_TOKEN does not open it"],
    [
      "404",
      status(404, { "x-error-code": "RepoNotFound" }),
      {},
      "there is no such model; if it is private, set HF_TOKEN"
    ],
    ["404, with a token", status(404), token, "there is no such model, or the token in HF_TOKEN does not open it"],
    [
      "403",
      status(403, { "x-error-message": "n\u009bo", "x-error-code": "Other" }),
      token,
      "answers 403 (no): the token in HF_TOKEN does not open it"
    ],
    [
      "no such revision",
      status(404, { "x-error-code": "RevisionNotFound" }),
      {},
      "org/name has no branch, tag or commit main"
    ],
    [
      "gated",
      (what) => isWeights(what.url) && status(403, { "x-error-code": "GatedRepo" })(what),
      {},
      "/org/name, and set HF_TOKEN to a token of that account"
    ],
    [
      "gated, with a token",
      (what) => isWeights(what.url) && status(403, { "x-error-code": "GatedRepo" })(what),
      token,
      "/org/name, and see that HF_TOKEN is a token of that account"
    ],
    [
      "a file that is gone",
      (what) => isWeights(what.url) && status(404, { "x-error-code": "EntryNotFound" })(what),
      {},
      "a file that it lists is not there"
    ],
    ["no JSON", says("<html>"), {}, "answers what is no JSON"],
    ["null", says("null"), {}, "answers what is no answer to what was asked"],
    ["no commit", says('{"sha":"../../etc"}'), {}, "names no commit for main"]
  ])("%s", async (_, misbehave, env, message) => {
    using it = await start(misbehave)
    const error = await failure(it.get(env))
    expect(error._tag).toBe("ModelLoadError")
    expect(error.message).toStartWith(`Cannot fetch org/name@main from ${it.hub.url}: `)
    expect(error.message).toContain(message)
    expect(error.message).not.toContain("hf_secret")
    expect(it.slept).toEqual([])
  })
})

describe("redirects", () => {
  /** The same machine under another name is another origin. */
  const elsewhere = (url: string) => url.replace("127.0.0.1", "localhost")
  const redirect = (answer: ServerResponse, location: string) => refuse(answer, 302, { location })

  test("to another host: the file comes, the token does not go there", async () => {
    const cdn: Array<IncomingMessage["headers"]> = []
    using storage = await fakeHub({})
    storage.misbehave = ({ answer, request }) => {
      cdn.push(request.headers)
      sendFile(request, answer, weights)
      return true
    }
    using it = await start(
      ({ answer, url }) => isWeights(url) && redirect(answer, `${elsewhere(storage.url)}/signed?key=1`)
    )
    mkdirSync(join(it.blob, ".."), { recursive: true })
    writeFileSync(it.partial, weights.subarray(0, 10))
    await Effect.runPromise(it.get(token))
    whole(it.blob)
    expect(cdn.map(({ authorization, range }) => [authorization, range])).toEqual([[undefined, "bytes=10-"]])
    expect(new Set(it.hub.seen.map(({ authorization }) => authorization))).toEqual(new Set(["Bearer hf_secret"]))
  })

  test("to another port of the same host: the token does not go there either", async () => {
    using other = await fakeHub({ "org/name": { commit, files } })
    using it = await start(({ answer, url }) => redirect(answer, `${other.url}${url.pathname}${url.search}`))
    await Effect.runPromise(it.get(token))
    expect(new Set(other.seen.map(({ authorization }) => authorization))).toEqual(new Set([undefined]))
    expect(other.seen.length).toBe(2 + read.length)
  })

  test("within the hub, relative: the token goes along", async () => {
    using it = await start(({ answer, url }) =>
      url.pathname.startsWith("/org/name/") ? redirect(answer, `/moved${url.pathname}`) : movedFile(answer, url)
    )
    const movedFile = (answer: ServerResponse, url: URL) => {
      const name = url.pathname.split("/").at(-1)!
      if (!url.pathname.startsWith("/moved/")) return false
      answer.end(files[name as keyof typeof files])
      return true
    }
    await Effect.runPromise(it.get(token))
    whole(it.blob)
    expect(new Set(it.hub.seen.map(({ authorization }) => authorization))).toEqual(new Set(["Bearer hf_secret"]))
  })

  test.each([
    ["in a circle", "/again", "redirects more than 20 times"],
    ["to a file", "file:///etc/passwd", 'redirects to "file:///etc/passwd"']
  ])("%s: refused", async (_, location, message) => {
    using it = await start(({ answer }) => redirect(answer, location))
    expect((await failure(it.get())).message).toContain(message)
    expect(it.hub.seen.length).toBeLessThanOrEqual(21)
  })
})

describe("names that lead out of the folder", () => {
  test.each([["../../evil"], ["a/../../evil"], ["/etc/evil"], ["..\\evil"], ["C:evil"], ["a//b"], [""]])(
    "in the list: %p",
    async (path) => {
      using it = await start()
      it.hub.listed = (entries) => [...entries, { ...entries[0], path }]
      const error = await failure(it.get())
      expect(error.message).toContain(`the hub lists ${JSON.stringify(path)}, which is outside the folder`)
      expect(it.hub.files()).toEqual([])
    }
  )

  test.each([
    ["an oid", { oid: "../../../evil" }],
    ["a large file's", { lfs: { oid: "../../evil", size: 3 } }],
    ["a size", { size: -1 }]
  ])("%s that is none", async (_, change) => {
    using it = await start()
    it.hub.listed = (entries) => [...entries, { ...entries[0], ...change }]
    expect((await failure(it.get())).message).toContain("the hub lists what is no file")
  })

  test.each([["../../../evil.safetensors"], ["/evil.safetensors"], ["a\\b.safetensors"], ["config.json"]])(
    "in the index: %p",
    async (shard) => {
      const index = JSON.stringify({ weight_map: { a: shard } })
      using hub = await fakeHub({ "org/name": { commit, files: { "model.safetensors.index.json": index } } })
      const error = await failure(fetching({ cache: temporaryFolder(), endpoint: hub.url }))
      expect(error.message).toContain(`a lies in ${JSON.stringify(shard)}`)
    }
  )

  test("a shard that is not there", async () => {
    const index = JSON.stringify({ weight_map: { a: "model-1.safetensors" } })
    using hub = await fakeHub({ "org/name": { commit, files: { "model.safetensors.index.json": index } } })
    const error = await failure(fetching({ cache: temporaryFolder(), endpoint: hub.url }))
    expect(error.message).toContain("names model-1.safetensors, which it does not have")
  })
})

test("an interrupt stops a slow server's file at once and leaves what has come for the next time", async () => {
  using it = await start(({ answer, url }) => {
    if (!isWeights(url)) return false
    answer.writeHead(200, { "content-length": weights.length })
    answer.write(weights.subarray(0, 100_000))
    return true
  })
  const told: Array<readonly [kind: string, received: number]> = []
  const slow = fetching({
    cache: it.cache,
    endpoint: it.hub.url,
    tell: ({ kind, received }) => void told.push([kind, received])
  })
  await Effect.runPromise(
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(slow)
      while (!told.some(([, received]) => received >= 100_000 + besideWeights))
        yield* Effect.promise(() => Bun.sleep(5))
      yield* Fiber.interrupt(fiber)
    })
  )
  expect(told.at(-1)).toEqual(["stops", 100_000 + besideWeights])
  expect(existsSync(it.blob)).toBe(false)
  expect(readFileSync(it.partial)).toEqual(weights.subarray(0, 100_000))

  it.hub.misbehave = () => false
  it.hub.seen.length = 0
  await Effect.runPromise(it.get())
  whole(it.blob)
  expect(it.hub.files().map(({ range }) => range)).toEqual(["bytes=100000-"])
})
