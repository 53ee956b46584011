import { createHash } from "node:crypto"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

/** A request as it came. */
export interface Seen {
  readonly method: string
  readonly path: string
  readonly range: string | undefined
  readonly authorization: string | undefined
  readonly encoding: string | undefined
}

/** A repository: its files by path, and the commit that `main` stands for. */
export interface Repository {
  readonly commit: string
  readonly files: Readonly<Record<string, string | Uint8Array>>
}

const bytesOf = (content: string | Uint8Array) => Buffer.from(content as string)
/** Weights are kept as large files, everything else in git. */
const isLarge = (path: string) => /\.safetensors$|\.onnx/.test(path)

export const sha256 = (content: string | Uint8Array) => createHash("sha256").update(bytesOf(content)).digest("hex")
export const gitHash = (content: string | Uint8Array) => {
  const bytes = bytesOf(content)
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex")
}
/** The name of a file's blob. */
export const blobOf = (path: string, content: string | Uint8Array) =>
  isLarge(path) ? sha256(content) : gitHash(content)

/**
 * A hub on this machine, as far as models are fetched from one. `misbehave` answers first; where it gives `true` it has
 * taken the request over. `listed` changes what the listing says.
 */
export const fakeHub = async (repositories: Readonly<Record<string, Repository>>) => {
  const seen: Array<Seen> = []
  const hub = {
    seen,
    misbehave: (_: {
      readonly request: IncomingMessage
      readonly answer: ServerResponse
      readonly url: URL
    }): boolean => false,
    listed: (entries: ReadonlyArray<Record<string, unknown>>): ReadonlyArray<unknown> => entries,
    url: "",
    port: 0,
    /** Requests for the bytes of files. */
    files: () => seen.filter(({ method, path }) => method === "GET" && path.includes("/resolve/")),
    close: () => {
      server.closeAllConnections()
      server.close()
    },
    [Symbol.dispose]: () => hub.close()
  }
  const server = createServer((request, answer) => {
    const url = new URL(request.url!, hub.url)
    const { authorization, range } = request.headers
    seen.push({
      method: request.method!,
      path: decodeURIComponent(url.pathname),
      range,
      authorization,
      encoding: request.headers["accept-encoding"]
    })
    if (!hub.misbehave({ request, answer, url })) serve(repositories, hub, url, request, answer)
  })
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
  hub.port = (server.address() as AddressInfo).port
  hub.url = `http://127.0.0.1:${hub.port}`
  return hub
}

/** Refuses as the hub does: a status and its word for why. */
export const refuse = (answer: ServerResponse, status: number, headers: Record<string, string> = {}) => {
  answer.writeHead(status, { "content-length": "0", ...headers })
  answer.end()
  return true
}

const serve = (
  repositories: Readonly<Record<string, Repository>>,
  hub: { readonly listed: (entries: ReadonlyArray<Record<string, unknown>>) => ReadonlyArray<unknown> },
  url: URL,
  request: IncomingMessage,
  answer: ServerResponse
): unknown => {
  const path = decodeURIComponent(url.pathname)
  const [, name = "", kind, revision = "", file] =
    /^\/api\/models\/([^/]+\/[^/]+)\/(revision|tree)\/([^/]+)/.exec(path) ??
    /^\/([^/]+\/[^/]+)\/(resolve)\/([^/]+)\/(.+)$/.exec(path) ??
    []
  const repository = Object.hasOwn(repositories, name) ? repositories[name] : undefined
  if (repository === undefined) return refuse(answer, 404, { "x-error-code": "RepoNotFound" })
  const { commit, files } = repository
  if (revision !== "main" && revision !== commit) return refuse(answer, 404, { "x-error-code": "RevisionNotFound" })
  const json = (value: unknown) => {
    answer.writeHead(200, { "content-type": "application/json" })
    answer.end(JSON.stringify(value))
  }
  if (kind === "revision") {
    const siblings = Object.keys(files).map((rfilename) => ({ rfilename }))
    return json({ _id: "1", id: name, sha: commit, private: false, gated: false, siblings })
  }
  if (kind === "tree") {
    const entries = Object.entries(files).map(([at, content]) => ({
      type: "file",
      path: at,
      oid: gitHash(content),
      size: bytesOf(content).length,
      ...(isLarge(at) && { lfs: { oid: sha256(content), size: bytesOf(content).length, pointerSize: 130 } })
    }))
    return json(hub.listed(entries))
  }
  const content = files[file!]
  if (content === undefined) return refuse(answer, 404, { "x-error-code": "EntryNotFound", "x-repo-commit": commit })
  return sendFile(request, answer, bytesOf(content), { etag: `"${blobOf(file!, content)}"`, "x-repo-commit": commit })
}

/** Sends bytes, or the part that is asked for. */
export const sendFile = (
  request: IncomingMessage,
  answer: ServerResponse,
  bytes: Buffer,
  headers: Record<string, string> = {}
) => {
  const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? "") ?? []
  const part = bytes.subarray(Number(from ?? 0))
  answer.writeHead(from === undefined ? 200 : 206, {
    "content-length": `${part.length}`,
    ...(from !== undefined && { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
    ...headers
  })
  answer.end(request.method === "HEAD" ? undefined : part)
}
