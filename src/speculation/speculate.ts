import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { RowError } from "../formula/prepare.ts"
import type { RowMemory } from "../formula/row_memory.ts"
import { propose } from "../sampling/propose.ts"
import type { Stage, StageError, StageOptions } from "../sampling/stage.ts"
import type { Verified } from "../sampling/stage_machine.ts"
import { type TargetOptions, target } from "../sampling/target.ts"
import type { Layer } from "./layers.ts"
import type { Rule } from "./rule.ts"
import { type Verifier, verifiers } from "./verifier.ts"
import { verify } from "./verify.ts"

/** What a chain of stages over one formula shares. */
export interface SpeculateOptions extends Omit<TargetOptions, "memory">, Omit<StageOptions, "stage" | "observe"> {
  readonly memory: RowMemory
  /** Default `block`. */
  readonly verifier?: Verifier | undefined
  /** In place of the verifier's own rule. */
  readonly rule?: Rule | undefined
  /** Told of every block that a stage checked. */
  readonly observe?: ((stage: number, verified: Verified) => void) | undefined
}

/**
 * The whole chain of a plan: `propose(F1) |> verify(F2, k2) |> … |> verify(Fn, kn)` over partial formulas, each with the
 * sampling options on its own prefix. A stage whose models' windows are full proposes no more; those behind it go on.
 */
export const speculate =
  (layers: ReadonlyArray<Layer>, options: SpeculateOptions): Stage<RowError | StageError> =>
  (from) =>
    Stream.unwrap(
      Effect.map(
        Effect.forEach(layers, ({ prepared }, stage) =>
          // a draft whose window the prompt overfills has nothing to propose
          stage === layers.length - 1
            ? prepared.room(from.prompt)
            : Effect.catchTag(prepared.room(from.prompt), "PromptError", () => Effect.succeed(0))
        ),
        (rooms) => {
          const [first, ...rest] = layers.map(({ bonus, draftLength, prepared }, stage) => {
            const maxTokens = Math.min(options.maxTokens, rooms[stage]!)
            const flat = 1 / prepared.vocabulary.size + 1e-9
            return {
              bonus,
              draftLength,
              flat,
              own: target(prepared, { ...options, maxTokens, dispensable: stage < layers.length - 1 }),
              stage
            }
          })
          const { by } = verifiers[options.verifier ?? "block"]
          const head: Stage<RowError | StageError> = propose(first!.own, {
            ...options,
            by,
            observe: undefined,
            stage: 0,
            confidence: rest.length === 0 ? 0 : first!.flat
          })
          return rest.reduce<Stage<RowError | StageError>>(
            (above, { bonus, draftLength, own, stage }) =>
              verify(own, draftLength, {
                ...options,
                stage,
                bonus,
                observe: options.observe && ((verified) => options.observe!(stage, verified))
              })(above),
            head
          )(from)
        }
      )
    )
