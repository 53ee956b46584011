import { afterAll, describe, expect, test } from "bun:test"
import { existsSync, mkdirSync, readFileSync, statfsSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import type { ServerResponse } from "node:http"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { failure } from "../../support/run.ts"
import { temporaryFolder } from "../onnxruntime/temporary.ts"
import { fakeHub, sha256 } from "./fake_hub.ts"
import { commit, fetching, files, read } from "./fetching.ts"

const weights = Buffer.from(files["model.safetensors"])

/** However busy the machine is, nobody gives up waiting. */
const patient = { HF_HUB_DOWNLOAD_TIMEOUT: "300", HF_HUB_ETAG_TIMEOUT: "300" }

/** A process of its own that fetches `org/name`. */
const spawn = (cache: string, endpoint: string, env: Record<string, string> = {}) => {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "fetch_process.ts"), "org/name"], {
    stdout: "pipe",
    stderr: "pipe",
    env: { PATH: process.env.PATH, HOME: cache, HF_HUB_CACHE: cache, HF_ENDPOINT: endpoint, ...patient, ...env }
  })
  let told = ""
  const err = (async () => {
    const decoder = new TextDecoder()
    for await (const bytes of child.stderr) told += decoder.decode(bytes, { stream: true })
    return told
  })()
  const ended = Promise.all([new Response(child.stdout).text(), err, child.exited])
  return { child, told: () => told, ended: ended.then(([out, err, code]) => ({ out, err, code })) }
}

/** A hub that sends 100,000 bytes of the weights and the rest when it is told to. */
const halting = async () => {
  const hub = await fakeHub({ "org/name": { commit, files } })
  const held: Array<() => void> = []
  let free = false
  hub.misbehave = ({ answer, request, url }) => {
    if (!url.pathname.endsWith("/model.safetensors") || free) return false
    const from = Number(/\d+/.exec(request.headers.range ?? "0")![0])
    answer.writeHead(200, { "content-length": weights.length })
    answer.write(weights.subarray(from, 100_000))
    held.push(() => answer.end(weights.subarray(100_000)))
    return true
  }
  return Object.assign(hub, {
    release: () => {
      free = true
      for (const one of held) one()
    }
  })
}
const until = async (condition: () => boolean) => {
  while (!condition()) await Bun.sleep(10)
}
const cacheOf = () => {
  const cache = temporaryFolder()
  const blob = join(cache, "models--org--name/blobs", sha256(weights))
  return { cache, blob, partial: `${blob}.incomplete`, folder: join(cache, "models--org--name/snapshots", commit) }
}
const sizeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0
const oncePerFile = (hub: Awaited<ReturnType<typeof fakeHub>>) =>
  expect(
    hub
      .files()
      .map(({ path }) => path.split("/").at(-1)!)
      .sort()
  ).toEqual([...read].sort())

describe("processes", () => {
  test("two at once: the second waits, and each file is sent once", async () => {
    using hub = await halting()
    const { cache, folder, partial } = cacheOf()
    const one = spawn(cache, hub.url)
    await until(() => sizeOf(partial) === 100_000)
    const two = spawn(cache, hub.url)
    await until(() => two.told().includes("another process fetches model.safetensors, which is waited for"))
    hub.release()
    const [a, b] = await Promise.all([one.ended, two.ended])
    expect([a.out, a.code, b.out, b.code]).toEqual([folder, 0, folder, 0])
    oncePerFile(hub)
    expect(readFileSync(join(folder, "model.safetensors"))).toEqual(weights)
  }, 60_000)

  test("one that is killed frees what it held: the next goes on from its bytes", async () => {
    using hub = await halting()
    const { blob, cache, folder, partial } = cacheOf()
    const one = spawn(cache, hub.url)
    await until(() => sizeOf(partial) === 100_000)
    one.child.kill("SIGKILL")
    expect((await one.ended).code).not.toBe(0)
    expect(existsSync(blob)).toBe(false)
    hub.release()
    hub.seen.length = 0
    expect((await spawn(cache, hub.url).ended).out).toBe(folder)
    expect(hub.files().map(({ range }) => range)).toEqual(["bytes=100000-"])
    expect(readFileSync(blob)).toEqual(weights)
  }, 60_000)

  test("Ctrl-C ends it at once, with a line on what is kept", async () => {
    using hub = await halting()
    const { blob, cache, partial } = cacheOf()
    const one = spawn(cache, hub.url)
    await until(() => sizeOf(partial) === 100_000)
    one.child.kill("SIGINT")
    const { code, err } = await one.ended
    expect(code).toBe(130)
    expect(err).toContain("Stopped org/name@main: 100.0 kB of 300.0 kB are kept for the next time\n")
    expect([existsSync(blob), sizeOf(partial)]).toEqual([false, 100_000])
  }, 60_000)

  test("Ctrl-C ends one that waits for another", async () => {
    using hub = await halting()
    const { cache, folder, partial } = cacheOf()
    const one = spawn(cache, hub.url)
    await until(() => sizeOf(partial) === 100_000)
    const two = spawn(cache, hub.url)
    await until(() => two.told().includes("another process fetches"))
    two.child.kill("SIGINT")
    expect((await two.ended).code).toBe(130)
    hub.release()
    expect((await one.ended).out).toBe(folder)
    oncePerFile(hub)
  }, 60_000)

  test("without a terminal a line tells that it begins and one that it has ended", async () => {
    using hub = await fakeHub({ "org/name": { commit, files } })
    const { err } = await spawn(cacheOf().cache, hub.url).ended
    expect(err.split("\n")).toEqual([
      "Fetching org/name@main: 4 files, 300.0 kB",
      "Fetched org/name@main: 300.0 kB",
      ""
    ])
    const silent = await spawn(cacheOf().cache, hub.url, { HF_HUB_DISABLE_PROGRESS_BARS: "1" }).ended
    expect(silent.err).toBe("")
    const asked = await spawn(cacheOf().cache, hub.url, { HF_HUB_DISABLE_PROGRESS_BARS: "0" }).ended
    expect(asked.err.split("\r\x1b[K").slice(1, -1).join()).toMatch(/[█░]{24} \d+% of 300\.0 kB {2}org\/name@main/)
  }, 60_000)
})

describe("a disk that takes no more", () => {
  const told = (error: { readonly message: string }) => error.message

  test("a device that is full: told, and no blob", async () => {
    using hub = await fakeHub({ "org/name": { commit, files } })
    const { blob, cache, partial } = cacheOf()
    mkdirSync(join(blob, ".."), { recursive: true })
    symlinkSync("/dev/full", partial)
    expect(told(await failure(fetching({ cache, endpoint: hub.url })))).toEndWith("cannot be written: the disk is full")
    expect(existsSync(blob)).toBe(false)
  })

  test("a file where the cache should be", async () => {
    using hub = await fakeHub({ "org/name": { commit, files } })
    const cache = join(temporaryFolder({ file: "" }), "file")
    expect(told(await failure(fetching({ cache, endpoint: hub.url })))).toContain("a file is where a folder should be")
  })

  const mount = temporaryFolder()
  const mounted = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", mount]).exitCode === 0
  afterAll(() => void (mounted && Bun.spawnSync(["umount", mount])))
  const name = (what: string) => (mounted ? what : `${what}: skipped, as mounting a small disk is not allowed here`)

  test.skipIf(!mounted)(name("a disk that is too small is told before anything is asked for"), async () => {
    using hub = await fakeHub({ "org/name": { commit, files } })
    const error = told(await failure(fetching({ cache: join(mount, "small"), endpoint: hub.url })))
    expect(error).toContain(`the disk of ${join(mount, "small")} is full: 300.0 kB are to come and`)
    expect(hub.files()).toEqual([])
  })

  test.skipIf(!mounted)(
    name("a disk that fills on the way: what has come is kept, and goes on when there is room"),
    async () => {
      const smaller = { ...files, "model.safetensors": weights.subarray(0, 120_000) }
      using hub = await fakeHub({ "org/name": { commit, files: smaller } })
      const cache = join(mount, "filled")
      const filler = join(mount, "filler")
      const fill = (answer: ServerResponse) => {
        const { bavail, bsize } = statfsSync(mount)
        writeFileSync(filler, Buffer.alloc(bavail * bsize - 40_000))
        answer.writeHead(200, { "content-length": 120_000 })
        answer.end(weights.subarray(0, 120_000))
        return true
      }
      hub.misbehave = ({ answer, url }) => url.pathname.endsWith("/model.safetensors") && fill(answer)
      expect(told(await failure(fetching({ cache, endpoint: hub.url })))).toEndWith("the disk is full")
      const blob = join(cache, "models--org--name/blobs", sha256(smaller["model.safetensors"]))
      const kept = sizeOf(`${blob}.incomplete`)
      expect(existsSync(blob)).toBe(false)
      expect(readFileSync(`${blob}.incomplete`)).toEqual(weights.subarray(0, kept))

      Bun.spawnSync(["rm", filler])
      hub.misbehave = () => false
      hub.seen.length = 0
      await Effect.runPromise(fetching({ cache, endpoint: hub.url }))
      expect(readFileSync(blob)).toEqual(weights.subarray(0, 120_000))
      expect(hub.files().map(({ range }) => range)).toEqual([kept === 0 ? undefined : `bytes=${kept}-`])
    }
  )
})
