import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Scope from "effect/Scope"
import { Backends, Embedded, LanguageModel } from "../../src/mod.ts"
import { alone } from "./alone.ts"
import { callsTable } from "./calls.ts"
import { costs, costTable } from "./cost.ts"
import { errorsTable } from "./errors.ts"
import { rows } from "./formulas.ts"
import { timesTable } from "./times.ts"
import { twin } from "./twin.ts"
import { deviation } from "./twin_deviation.ts"

/**
 * Speculative sampling over formulas: calls a token, time against no speculation, and how far the acceptance rule of the
 * original implementation is from the law; on the embedded model and on its inflated twin. `quick` for a first look.
 */
export const speculation = async (quick = process.argv.includes("--quick")): Promise<string> => {
  const runtime = ManagedRuntime.make(Embedded.layer)
  const named = (name: string | undefined) => runtime.runPromise(LanguageModel.Models.use((models) => models.get(name)))
  const [tales, draft, ngram] = await Promise.all([named("tales"), named("tales-draft"), named("tales-ngram")])
  const scope = Scope.makeUnsafe()
  const folder = await twin(join(tmpdir(), "polylogit-bench", "twin"))
  const large = await Effect.runPromise(
    Scope.provide(
      Backends.fromCheckpoint(folder, { name: "twin", vocabulary: tales.vocabulary, slots: [1, 2, 3, 4], threads: 2 }),
      scope
    )
  )
  const apart = await Effect.runPromise(deviation(tales, large))
  const over = (base: () => LanguageModel.LanguageModel) => rows({ base, draft, ngram })
  const sections: Array<string> = []
  const say = (section: string) => {
    console.error(section)
    sections.push(section)
  }
  say(
    await callsTable(
      "the embedded model (4.0 M parameters)",
      over(() => tales),
      { tokens: quick ? 1_000 : 10_000, length: 160 }
    )
  )
  say(
    await errorsTable(
      over(() => tales),
      { positions: quick ? 50 : 300 }
    )
  )
  const limits = quick ? { rounds: 2, length: 48 } : { rounds: 9, length: 128 }
  say(
    await timesTable(
      "the embedded model (4.0 M parameters)",
      over(() => tales),
      over(alone(tales)),
      limits
    )
  )
  for (const [name, model] of [
    ["the embedded model", tales],
    ["the twin", large]
  ] as const) {
    say(costTable(name, await costs(model, quick ? 2 : 6)))
  }
  say(`The logits of the twin are within ${apart.toExponential(1)} of the original's.\n`)
  const few = quick ? { rounds: 1, length: 16 } : { rounds: 6, length: 48 }
  const chosen = (all: ReturnType<typeof rows>) => all.filter(({ name }) => !/\) \+ 0\.5 M_[2-5]$/.test(name))
  say(
    await timesTable("the inflated twin (130 M parameters)", chosen(over(() => large)), chosen(over(alone(large))), few)
  )
  await Effect.runPromise(Scope.close(scope, Exit.void))
  await runtime.dispose()
  return sections.join("\n")
}
