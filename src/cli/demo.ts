import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { layer } from "../embedded/models.ts"
import type { Formula } from "../formula/formula.ts"
import { prompt } from "../formula/leaves.ts"
import { add, scale, subtract, union } from "../formula/operators.ts"
import { print } from "../formula/syntax/print.ts"
import type { Statistics } from "../generation/events.ts"
import { events } from "../generation/generate.ts"
import type { Models } from "../model/models.ts"
import { standard } from "./output.ts"

const tale = prompt("A fairy tale.")
const pirates = prompt("A tale of pirates:")
const science = prompt("A textbook.")
const ghost = prompt("A ghost story.")

const shows: ReadonlyArray<readonly [title: string, formula: Formula<Models>]> = [
  ["one prompt", tale],
  ["less of what a textbook would say", subtract(tale, scale(science, 0.4))],
  ["likely for pirates or for ghosts", union(pirates, ghost)],
  ["all of it", tale.pipe(add(scale(union(pirates, ghost), 2)), subtract(scale(science, 0.6)))]
]

const opening = "The old captain opened the door"

const costs = ({ milliseconds, modelCalls, tokens }: Statistics): string =>
  `[${tokens} tokens, ${Math.round((1000 * tokens) / Math.max(1, milliseconds))} tokens/s, ${(modelCalls / tokens).toFixed(2)} model calls per token]`

const next = `Your own: bun start -- generate 'prompt("A poem.") + 0.5 * prompt("A recipe.")' --prompt 'Take two'\nMore:     bun start -- --help\n`

/** What `bun start` shows: four formulas over the embedded model, each with the text that it writes, as it comes. */
export const demo = Effect.forEach(
  shows,
  ([title, formula]) =>
    Effect.gen(function* () {
      yield* standard.write(`\n# ${title}\n${print(formula)}\n\n${opening}`)
      const run = events(formula, { prompt: opening, maxTokens: 70, temperature: 0.8, topP: 0.95, seed: 11 })
      yield* Stream.runForEach(run, (event) =>
        standard.write(event._tag === "Token" ? event.text : `${event.text}\n\n${costs(event.statistics)}\n`)
      )
    }),
  { discard: true }
).pipe(Effect.andThen(standard.write(`\n${next}`)), Effect.provide(layer))
