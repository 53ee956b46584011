import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Prepared } from "../formula/prepare.ts"
import { largest } from "../logits/largest.ts"
import type { Law } from "../sampling/law.ts"
import type { Stage } from "../sampling/stage.ts"
import type { Drafted } from "../sampling/stage_machine.ts"
import { detokenizer } from "../vocabulary/detokenizer.ts"
import type { TokenId, Vocabulary } from "../vocabulary/vocabulary.ts"
import type { Alternative, Event, FinishReason, Statistics, Token } from "./events.ts"
import type { Monitor } from "./monitor.ts"
import type { Settings } from "./options.ts"
import { stopTexts } from "./stop_texts.ts"

/** One of the sequences of a run. */
export interface SequenceOptions {
  readonly sequence: number
  readonly settings: Settings
  readonly promptTokens: ReadonlyArray<TokenId>
  /** What is told of each token besides, if anything. */
  readonly monitor?: Monitor | undefined
  /** Told how many tokens there are more. */
  readonly count?: ((tokens: number) => void) | undefined
  /** What the sequence has cost so far. */
  readonly statistics: () => Omit<Statistics, "tokens" | "milliseconds">
}

/**
 * Turns the tokens of a stage into events: text that never holds half a character or a piece of a stop text, and how
 * the sequence ended. It knows nothing of how the stage gets its tokens.
 */
export const sequence = <E>(prepared: Prepared, stage: Stage<E>, options: SequenceOptions): Stream.Stream<Event, E> =>
  Stream.unwrap(
    Effect.map(Clock.currentTimeMillis, (start) => {
      const { settings } = options
      const { special, tokenizer } = prepared.vocabulary
      const text = tokenizer && detokenizer(tokenizer, { after: options.promptTokens })
      const stops = stopTexts(settings.stop)
      let textState = text?.init
      let stopState = stops.init
      const completion: Array<TokenId> = []
      let reason: FinishReason = "length"

      const show = (piece: string) => {
        const [next, shown] = stops.step(stopState, piece)
        stopState = next
        if (shown.stopped) reason = "stop"
        return shown.text
      }
      const toEvent = (drafted: Drafted): Event | undefined => {
        // a stage may give several tokens at once: what comes behind the end is dropped
        if (reason !== "length") return undefined
        const { law, token } = drafted
        const monitor = options.monitor?.(drafted, completion)
        completion.push(token)
        options.count?.(1)
        const ended = special.end.includes(token)
        let piece = ""
        if (text !== undefined && !ended) {
          const [next, added] = text.step(textState!, token)
          textState = next
          piece = show(added)
        }
        if (ended) reason = "end"
        const logProb = law.scores[token]! - law.logZ
        const alternatives = settings.logprobs === 0 ? [] : likeliest(prepared.vocabulary, law, settings.logprobs)
        const event: Token = { _tag: "Token", sequence: options.sequence, token, text: piece, logProb, alternatives }
        return monitor === undefined ? event : { ...event, monitor }
      }
      const finish = Effect.map(Clock.currentTimeMillis, (now): Event => {
        const rest = text === undefined || stopState.stopped ? "" : show(text.flush(textState!)) + stopState.held
        return {
          _tag: "Finished",
          sequence: options.sequence,
          reason,
          text: rest,
          statistics: { tokens: completion.length, milliseconds: now - start, ...options.statistics() }
        }
      })
      return stage({ prompt: settings.prompt, completion: [] }).pipe(
        Stream.map((drafted) => ({ event: toEvent(drafted), last: reason !== "length" })),
        Stream.takeUntil(({ last }) => last),
        Stream.map(({ event }) => event!),
        Stream.concat(Stream.fromEffect(finish))
      )
    })
  )

const alternative = ({ tokenizer }: Vocabulary, { logZ, scores }: Law, token: TokenId): Alternative => ({
  token,
  text: tokenizer?.decode([token]),
  logProb: scores[token]! - logZ
})

const likeliest = (vocabulary: Vocabulary, law: Law, count: number): ReadonlyArray<Alternative> =>
  largest(law.scores, count).map((token) => alternative(vocabulary, law, token))
