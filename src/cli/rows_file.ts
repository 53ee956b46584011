import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Formula } from "../formula/formula.ts"
import { row } from "../formula/leaves.ts"
import { readText } from "./formula_source.ts"
import { Mistake } from "./mistake.ts"

const RowsFile = Schema.fromJsonString(
  Schema.Struct({
    vocabularySize: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)),
    leaves: Schema.Record(Schema.String, Schema.Array(Schema.NullOr(Schema.Finite)))
  })
)

/** Fixed rows by name. */
export interface NamedRows {
  readonly vocabularySize: number
  readonly leaves: Readonly<Record<string, Formula>>
}

/** Reads `{"vocabularySize":V,"leaves":{"child":[logits…],…}}`, where null is -Infinity. */
export const readRows = (path: string): Effect.Effect<NamedRows, Mistake> =>
  Effect.gen(function* () {
    const text = yield* readText(path)
    const { leaves, vocabularySize } = yield* Effect.mapError(
      Schema.decodeEffect(RowsFile)(text),
      (error) => new Mistake({ message: `Cannot read ${path} as rows: ${error.message.replaceAll(/\s*\n\s*/g, " ")}` })
    )
    for (const [name, logits] of Object.entries(leaves)) {
      if (logits.length === vocabularySize) continue
      const message = `Cannot read ${path} as rows: ${name} has ${logits.length} logits, and vocabularySize is ${vocabularySize}`
      return yield* new Mistake({ message })
    }
    const toRow = ([name, logits]: readonly [string, ReadonlyArray<number | null>]) =>
      [
        name,
        row(
          logits.map((x) => x ?? Number.NEGATIVE_INFINITY),
          { name }
        )
      ] as const
    return { vocabularySize, leaves: Object.fromEntries(Object.entries(leaves).map(toRow)) }
  })
