import { type AnyStage, andThen, eachText, hidden } from "./stage.ts"

const cutStart = (text: string, content: string, most: number): readonly [text: string, cut: number] => {
  let cut = 0
  while (cut < most && text.startsWith(content, cut * content.length)) cut++
  return [text.slice(cut * content.length), cut]
}

/** Length of the end of `text` that repeats `content`, `most` times at most. */
const repeatsAtEnd = (text: string, content: string, most: number): number => {
  let length = 0
  while (length < most * content.length && text.endsWith(content, text.length - length)) length += content.length
  return length
}

/** At most `start` times `content` taken off the beginning and `stop` times off the end of each token. */
export const stripTokens = (content: string, start: number, stop: number): AnyStage =>
  eachText((token) => {
    const [text] = cutStart(token, content, start)
    return text.slice(0, text.length - repeatsAtEnd(text, content, stop))
  })

/** The same of a text that comes in pieces. Holds what may be the end. */
export const stripText = (content: string, start: number, stop: number): AnyStage =>
  andThen(
    hidden<number>({
      init: start,
      step: (most, pieces) => {
        if (most === 0) return [0, pieces]
        const [text, cut] = cutStart(pieces.join(""), content, most)
        return [text === "" ? most - cut : 0, [text]]
      },
      end: () => []
    }),
    hidden<string>({
      init: "",
      step: (held, pieces) => {
        if (stop === 0) return [held, pieces]
        const text = held + pieces.join("")
        const settled = text.length - repeatsAtEnd(text, content, stop)
        return [text.slice(settled), [text.slice(0, settled)]]
      },
      end: () => []
    })
  )
