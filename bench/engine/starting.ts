import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { Backends, type LanguageModel } from "../../src/mod.ts"
import { prepare } from "../runtime/prepare.ts"
import { compare, table } from "../table.ts"

const rows = (model: LanguageModel.LanguageModel, context: ReadonlyArray<number>) =>
  Effect.map(model.score([{ context, from: context.length }]), () => 1)

/** Tokens that begin like those of no other seed. */
const prompt = (length: number, seed: number) =>
  Array.from({ length }, (_, i) => 100 + ((i * 37 + seed * 1009 + (i === 0 ? seed : 0)) % 3000))

/** From a folder to the first row, and from a prompt to the first row behind it, seen before and not. */
export const starting = async (cache: string): Promise<string> => {
  const [tales, large] = [prepare("tales", "fp32"), prepare("135M", "fp32")]
  const open =
    (folder: string, options: Backends.LoadOptions = {}) =>
    () =>
      Effect.runPromise(Effect.scoped(Effect.flatMap(Backends.openModel(folder, options), (m) => rows(m, [1, 2, 3]))))
  const loads = await compare(
    [
      { name: "tales, float16 file", run: open(tales) },
      { name: "135M, fp32", run: open(large) },
      { name: "135M, int8, made at the load", run: open(large, { dtype: "int8" }) },
      { name: "135M, int8, kept from an earlier load", run: open(large, { dtype: "int8", quantizedCache: cache }) },
      { name: "135M, int4, made at the load", run: open(large, { dtype: "int4" }) },
      { name: "135M, int4, kept from an earlier load", run: open(large, { dtype: "int4", quantizedCache: cache }) }
    ],
    3
  )
  const scope = Scope.makeUnsafe()
  const model = await Effect.runPromise(Scope.provide(Backends.openModel(large), scope))
  let seed = 0
  const run = (seen: boolean) => () => {
    if (!seen) seed++
    return Effect.runPromise(rows(model, prompt(1000, seed)))
  }
  const prefixes = await compare(
    [
      { name: "a prompt of 1,000 tokens not seen before", run: run(false) },
      { name: "the same prompt again", run: run(true) }
    ],
    5
  )
  await Effect.runPromise(Scope.close(scope, Exit.void))
  const [unseen, seen] = prefixes.map(({ median }) => median)
  const [first] = loads.map(({ median }) => median)
  return [
    table("From a folder to the first row", "load", loads, [
      `The embedded model: ${first!.toFixed(0)} ms (bar 500 ms: ${first! <= 500 ? "met" : "NOT met"}), in a process that has loaded the runtime.`
    ]),
    table("Time to the first token, 135M, fp32", "prompt", prefixes, [
      `A prompt seen before takes ${((100 * seen!) / unseen!).toFixed(1)} % of one that was not (bar 5 %: ${seen! <= 0.05 * unseen! ? "met" : "NOT met"}).`
    ])
  ].join("\n")
}
