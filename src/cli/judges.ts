import * as Effect from "effect/Effect"
import type { Judge } from "../evaluation/strength.ts"
import { Classifiers } from "../model/classifiers.ts"
import type { ModelLoadError } from "../model/models.ts"
import { Mistake } from "./mistake.ts"
import { waiting } from "./progress.ts"

/**
 * Who judges, by what `--classifier` and `--label` say. A label is one of the only classifier's, or NAME:LABEL; a
 * classifier of which no label is named judges for all that it has.
 */
export const readJudges = (
  names: ReadonlyArray<string>,
  labels: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<Judge>, Mistake | ModelLoadError, Classifiers> =>
  Effect.gen(function* () {
    const wanted = new Map(names.map((name) => [name, [] as Array<string>]))
    for (const text of labels) {
      const named = [...wanted.keys()].find((name) => text.startsWith(`${name}:`))
      const name = named ?? (wanted.size === 1 ? names[0] : undefined)
      if (name === undefined) {
        const reason =
          wanted.size === 0 ? "there is no --classifier" : "expected NAME:LABEL with the NAME of a --classifier"
        return yield* new Mistake({ message: `Cannot use --label ${text}: ${reason}` })
      }
      const label = named === undefined ? text : text.slice(named.length + 1)
      if (wanted.get(name)!.includes(label)) return yield* new Mistake({ message: `Cannot use --label ${text} twice` })
      wanted.get(name)!.push(label)
    }
    const judges = yield* Effect.forEach(wanted, ([name, own]) =>
      Effect.gen(function* () {
        const classifier = yield* Classifiers.use(({ get }) => waiting(`Loading ${name}`)(get(name)))
        const all = classifier.labels
        const missing = own.find((label) => !all.includes(label))
        if (missing !== undefined) {
          const message = `Cannot find the label ${missing} of ${name}: it has ${all.join(", ")}`
          return yield* new Mistake({ message })
        }
        return (own.length === 0 ? all : own).map((label): Judge => ({ name: `${name}:${label}`, classifier, label }))
      })
    )
    return judges.flat()
  })
