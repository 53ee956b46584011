import * as Schema from "effect/Schema"

/** A plan does not fit its formula, or has a draft length that cannot be. */
export class PlanError extends Schema.TaggedError<PlanError>()("PlanError", { message: Schema.String }) {}

/** Which terms are asked when, and how many tokens are drafted in between. Plain data: a run is replayed with it. */
export interface Plan {
  /**
   * The terms of the formula by number, counted from 1 as `terms` lists them, in groups: the first group drafts, each
   * later one joins those before it in a stage that verifies. One group: no speculation.
   */
  readonly order: ReadonlyArray<ReadonlyArray<number>>
  /** For each group but the first, how many drafted tokens are checked in one call. */
  readonly draftLengths: ReadonlyArray<number>
  /**
   * For each group but the first, whether a block that was kept whole is followed by a token without a draft. By default
   * where it costs no call of a term of the groups before.
   */
  readonly bonus?: ReadonlyArray<boolean>
}

/** A plan that holds from a position of the completion on. */
export interface Switch extends Plan {
  readonly at: number
}
