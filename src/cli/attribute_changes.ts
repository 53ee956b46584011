import * as Effect from "effect/Effect"
import { cut } from "../formula/syntax/syntax_error.ts"
import type { MixChanges } from "../interpolation/override.ts"
import { Mistake } from "./mistake.ts"

type Changes = Record<string, { alpha?: number; lambda?: number }>

/** Reads what `--set` says: `sentiment.alpha=0.9`, `sentiment.lambda=0.5`. */
export const readChanges = (texts: ReadonlyArray<string>): Effect.Effect<MixChanges, Mistake> => {
  const changes: Changes = Object.create(null)
  for (const text of texts) {
    const [, name, field, number] = /^\s*([^\s.=]+)\.(alpha|lambda)\s*=\s*(\S+)\s*$/u.exec(text) ?? []
    const value = Number(number)
    if (name === undefined || !Number.isFinite(value)) {
      const message = `Cannot read --set ${cut(text, 60)}: expected ATTRIBUTE.alpha=NUMBER or ATTRIBUTE.lambda=NUMBER`
      return Effect.fail(new Mistake({ message }))
    }
    const known = changes[name] ?? {}
    if (known[field as "alpha" | "lambda"] !== undefined) {
      return Effect.fail(new Mistake({ message: `Cannot set ${name}.${field} twice` }))
    }
    changes[name] = { ...known, [field as string]: value }
  }
  return Effect.succeed(changes)
}
