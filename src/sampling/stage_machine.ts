import type { TokenId } from "../vocabulary/vocabulary.ts"
import type { Ask } from "./ask.ts"
import type { Law } from "./law.ts"

/** How a token came about. */
export type Origin =
  /** Drawn from the law of the first stage. */
  | "drawn"
  /** Drafted by the stage above and kept. */
  | "kept"
  /** Drawn in place of a draft that was not kept. */
  | "replaced"
  /** Drawn behind a block without a draft of its own. */
  | "bonus"

/** A token with the law that it was drawn from. */
export interface Drafted {
  readonly token: TokenId
  readonly law: Law
  /** Left out by stages that do not say. */
  readonly origin?: Origin
}

/** What is known of a block when its tokens are out. */
export interface Verified {
  /** Drafts that were checked. */
  readonly drafts: ReadonlyArray<Drafted>
  /** How many of them were kept. */
  readonly kept: number
  /** The laws that they were checked against, at least one for each. */
  readonly laws: ReadonlyArray<Law>
}

/** What a stage does next. */
export type Action =
  /** Asks for its laws after the first `from`, …, `completion.length` tokens of the completion. */
  | { readonly _tag: "Laws"; readonly completion: ReadonlyArray<TokenId>; readonly from: number }
  /** Asks the stage above for more tokens. */
  | { readonly _tag: "Pull" }
  /** Gives tokens, one at least. `rewind`: the stage above has to begin again behind `completion`. */
  | {
      readonly _tag: "Emit"
      readonly drafted: readonly [Drafted, ...ReadonlyArray<Drafted>]
      readonly completion: ReadonlyArray<TokenId>
      readonly rewind: boolean
      readonly verified?: Verified
    }
  /** Nothing more comes. */
  | { readonly _tag: "End" }
  /** The stage above gave what no stage may give. */
  | { readonly _tag: "Refuse"; readonly message: string }

/** What a stage is told. */
export type Reply =
  /** Go on. */
  | { readonly _tag: "Next" }
  /** The laws that it asked for, and chance for what it decides with them. */
  | { readonly _tag: "Laws"; readonly laws: ReadonlyArray<Law>; readonly ask: Ask }
  /** Tokens of the stage above. */
  | { readonly _tag: "Pulled"; readonly drafted: ReadonlyArray<Drafted> }
  /** The stage above has ended. */
  | { readonly _tag: "Dry" }

/** A `Machine` whose state is its own business: a method, so that machines of any state go into one list. */
export interface Decisions<State> {
  readonly init: State
  step(state: State, reply: Reply): readonly [state: State, action: Action]
}

/**
 * The decisions of a stage: a machine for each completion that it may begin behind. Its state is plain data, so that two
 * runs which came to equal states go on alike; streams drive it (`drive`), and so does the proof of its law.
 */
export type StageMachine<State = unknown> = (completion: ReadonlyArray<TokenId>) => Decisions<State>
