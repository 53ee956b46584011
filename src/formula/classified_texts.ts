import { type Context, isConversation, type Prompt } from "../model/context.ts"
import type { ClassifiedText } from "../model/text_classifier.ts"
import { detokenizer } from "../vocabulary/detokenizer.ts"
import type { Tokenizer } from "../vocabulary/tokenizer.ts"
import type { TokenId, Vocabulary } from "../vocabulary/vocabulary.ts"

/** What a classifier reads at one place of a text. */
export interface ClassifiedTexts {
  /** The text so far. */
  readonly before: ClassifiedText
  /** The text with one token more. */
  readonly after: (token: TokenId) => ClassifiedText
}

/**
 * The texts after the first `from`, …, `completion.length` tokens of a completion: the user's prompt and the completion,
 * or for a conversation the completion alone. Tokens as they stand where the vocabulary has no tokenizer.
 */
export const classifiedTexts = (
  vocabulary: Vocabulary,
  { completion, prompt }: Context,
  from: number
): ReadonlyArray<ClassifiedTexts> => {
  const { tokenizer } = vocabulary
  return tokenizer === undefined
    ? asTokens(
        typeof prompt === "string" || isConversation(prompt) ? [] : (prompt as ReadonlyArray<TokenId>),
        completion,
        from
      )
    : asText(tokenizer, prompt, completion, from)
}

const asTokens = (prompt: ReadonlyArray<TokenId>, completion: ReadonlyArray<TokenId>, from: number) =>
  Array.from({ length: completion.length - from + 1 }, (_, i): ClassifiedTexts => {
    const before = [...prompt, ...completion.slice(0, from + i)]
    return { before, after: (token) => [...before, token] }
  })

const asText = (
  tokenizer: Tokenizer,
  prompt: Prompt,
  completion: ReadonlyArray<TokenId>,
  from: number
): ReadonlyArray<ClassifiedTexts> => {
  const { after, said } = introduce(tokenizer, prompt)
  const { flush, init, step } = detokenizer(tokenizer, { after })
  const texts: Array<ClassifiedTexts> = []
  let state = init
  let text = said
  for (let n = 0; n <= completion.length; n++) {
    if (n > 0) {
      const [next, piece] = step(state, completion[n - 1]!)
      state = next
      text += piece
    }
    if (n < from) continue
    const [own, known] = [state, text]
    texts.push({
      before: known + flush(own),
      after: (token) => {
        const [next, piece] = step(own, token)
        return known + piece + flush(next)
      }
    })
  }
  return texts
}

/** The user's prompt as text, and the tokens behind which a completion is decoded. */
const introduce = (tokenizer: Tokenizer, prompt: Prompt) => {
  if (typeof prompt === "string") return { said: prompt, after: tokenizer.encode(prompt, { special: false }) }
  if (isConversation(prompt)) return { said: "", after: [] }
  const after = prompt as ReadonlyArray<TokenId>
  return { said: tokenizer.decode(after), after }
}
