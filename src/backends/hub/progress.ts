import * as Context from "effect/Context"
import { bar as barOf, statusLine, type Terminal } from "../status_line.ts"
import type { HubSettings } from "./settings.ts"

/** What is told while a model is fetched. Units: bytes. */
export interface DownloadEvent {
  /** `org/name@revision`. */
  readonly model: string
  readonly kind: "begins" | "moves" | "ends" | "stops" | "note"
  readonly received: number
  readonly total: number
  /** For a person: what `kind` is not enough for. */
  readonly note?: string
  readonly bar: HubSettings["bar"]
}

/** Where it is told: on standard error if nothing is said. */
export class DownloadProgress extends Context.Reference<(event: DownloadEvent) => void>(
  "polylogit/backends/DownloadProgress",
  { defaultValue: () => reporter(process.stderr) }
) {}

/** Bytes for a person: 1.2 GB. */
export const showBytes = (bytes: number): string => {
  const units = ["B", "kB", "MB", "GB", "TB"]
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3))
  return power === 0 ? `${bytes} B` : `${(bytes / 1000 ** power).toFixed(1)} ${units[power]}`
}

/** Tells it in a bar that is drawn over itself, or without a terminal in a line when it begins and one when it ends. */
export const reporter = (
  out: Terminal,
  now: () => number = () => performance.now()
): ((event: DownloadEvent) => void) => {
  const status = statusLine(out, now)
  return ({ bar, kind, model, note, received, total }) => {
    if (bar === "never" && kind !== "note") return
    const line = (text: string) => {
      status.wipe()
      out.write(`${text}\n`)
    }
    switch (kind) {
      case "begins":
        return line(`Fetching ${model}: ${note}, ${showBytes(total - received)}`)
      case "note":
        return line(`${model}: ${note}`)
      case "ends":
        return line(`Fetched ${model}: ${showBytes(received)}`)
      case "stops":
        return line(`Stopped ${model}: ${showBytes(received)} of ${showBytes(total)} are kept for the next time`)
      case "moves": {
        if (bar !== "always" && out.isTTY !== true) return
        const share = total === 0 ? 1 : Math.min(1, received / total)
        status.draw(`${barOf(share)} of ${showBytes(total)}  ${model}`)
      }
    }
  }
}
