import type { Any } from "../formula/formula.ts"
import type { Event, Finished, Token } from "../generation/events.ts"
import { canonical } from "./canonical.ts"

/** Turns events into output. */
export interface Format {
  readonly event: (event: Event) => string
  readonly end: () => string
}

/** What the whole output says of its run. */
interface Run {
  readonly formula: Any
  readonly prompt: string
  readonly count: number
}

/** Text as it comes, one JSON value at the end, or one JSON line for each event. */
export const formatter = (kind: "text" | "json" | "jsonl", run: Run): Format => {
  switch (kind) {
    case "text":
      return text(run.count)
    case "jsonl":
      return { event: (event) => `${JSON.stringify(event)}\n`, end: () => "" }
    case "json":
      return json(run)
  }
}

/** The first sequence as it comes; later ones wait for those before them. */
const text = (count: number): Format => {
  const waiting = Array.from({ length: count }, () => "")
  const finished = new Set<number>()
  let current = 0
  const heading = (sequence: number) => (count > 1 ? `--- ${sequence + 1}\n` : "")
  let begun = -1
  return {
    event: (event) => {
      waiting[event.sequence] += event.text
      if (event._tag === "Finished") {
        waiting[event.sequence] += "\n"
        finished.add(event.sequence)
      }
      let out = ""
      while (current < count) {
        if (begun < current && waiting[current] !== "") {
          out += heading(current)
          begun = current
        }
        out += waiting[current]
        waiting[current] = ""
        if (!finished.has(current)) break
        current++
      }
      return out
    },
    end: () => ""
  }
}

const json = ({ count, formula, prompt }: Run): Format => {
  const tokens = Array.from({ length: count }, (): Array<Token> => [])
  const ends = new Map<number, Finished>()
  return {
    event: (event) => {
      if (event._tag === "Token") tokens[event.sequence]!.push(event)
      else ends.set(event.sequence, event)
      return ""
    },
    end: () => {
      const sequences = tokens.map((own, i) => ({
        text: own.map((token) => token.text).join("") + (ends.get(i)?.text ?? ""),
        tokens: own.map(({ alternatives, logProb, monitor, token }) => ({
          token,
          logProb,
          ...(alternatives.length > 0 ? { alternatives } : {}),
          ...(monitor && { monitor })
        })),
        reason: ends.get(i)?.reason,
        statistics: ends.get(i)?.statistics
      }))
      return `${JSON.stringify({ formula: canonical(formula), prompt, sequences }, undefined, 2)}\n`
    }
  }
}
