import { type AnyStage, hidden } from "./stage.ts"

/** The bytes of a run, the last one first: adding one leaves the earlier states as they are. */
interface Run {
  readonly byte: number
  readonly before: Run | undefined
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** The byte that `<0xE2>` and its like stand for. */
const byteOf = (token: string): number | undefined =>
  /^<0x[0-9A-Fa-f]{2}>$/.test(token) ? Number.parseInt(token.slice(3, 5), 16) : undefined

const textOf = (run: Run | undefined): ReadonlyArray<string> => {
  const bytes: Array<number> = []
  for (let at = run; at !== undefined; at = at.before) bytes.push(at.byte)
  if (bytes.length === 0) return []
  try {
    return [strict.decode(Uint8Array.from(bytes.reverse()))]
  } catch {
    return bytes.map(() => "\uFFFD")
  }
}

/**
 * Byte tokens to text, other tokens as they are. A run of byte tokens that is not valid UTF-8 is one U+FFFD for each
 * byte, as the reference has it, so a run comes out when it is over: one more byte could still spoil it.
 *
 * Source: huggingface/tokenizers, `ByteFallback::decode_chain`.
 */
export const byteFallback = (): AnyStage =>
  hidden<Run | undefined>({
    init: undefined,
    step: (held, tokens) => {
      const texts: Array<string> = []
      let run = held
      for (const token of tokens) {
        const byte = byteOf(token)
        if (byte !== undefined) {
          run = { byte, before: run }
        } else {
          texts.push(...textOf(run), token)
          run = undefined
        }
      }
      return [run, texts]
    },
    end: textOf
  })
