import { type AnyStage, hidden } from "./stage.ts"

/** Printable stand-ins of the 256 bytes in byte-level vocabularies. Source: GPT-2, `bytes_to_unicode`. */
const byteOfCharacter: ReadonlyMap<string, number> = (() => {
  const printable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff)
  const bytes = new Map<string, number>()
  let next = 0x100
  for (let byte = 0; byte < 0x100; byte++) bytes.set(String.fromCodePoint(printable(byte) ? byte : next++), byte)
  return bytes
})()

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true })
const toUtf8 = new TextEncoder()

/** A token that is not all stand-ins, as an added one may be, stands for its own text. */
const bytesOf = (token: string): Uint8Array => {
  const bytes: Array<number> = []
  for (const character of token) {
    const byte = byteOfCharacter.get(character)
    if (byte === undefined) return toUtf8.encode(token)
    bytes.push(byte)
  }
  return Uint8Array.from(bytes)
}

/** Bytes that the lead byte asks for; 1 for every byte that leads nothing. Source: The Unicode Standard, table 3-7. */
const lengthFrom = (lead: number): number =>
  lead >= 0xc2 && lead <= 0xdf ? 2 : lead >= 0xe0 && lead <= 0xef ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 1

const mayFollow = (lead: number, second: number): boolean =>
  second >= (lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80) &&
  second <= (lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf)

/** How many bytes at the end are the beginning of a character that a next byte could go on with. */
export const unfinished = (bytes: Uint8Array): number => {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const lead = bytes[bytes.length - back]!
    if (lead >= 0x80 && lead < 0xc0) continue
    if (lengthFrom(lead) <= back) return 0
    return back === 1 || mayFollow(lead, bytes[bytes.length - back + 1]!) ? back : 0
  }
  return 0
}

const nothing = new Uint8Array(0)

/** Byte-level tokens to text. Holds at most the three bytes of an unfinished character; bytes that make none are U+FFFD. */
export const byteLevel = (): AnyStage => {
  const known = new Map<string, Uint8Array>()
  const lookUp = (token: string): Uint8Array => {
    const found = known.get(token) ?? bytesOf(token)
    known.set(token, found)
    return found
  }
  return hidden<Uint8Array>({
    init: nothing,
    step: (held, tokens) => {
      const bytes = Buffer.concat([held, ...tokens.map(lookUp)])
      const settled = bytes.length - unfinished(bytes)
      return [settled === bytes.length ? nothing : bytes.subarray(settled), [utf8.decode(bytes.subarray(0, settled))]]
    },
    end: (held) => [utf8.decode(held)]
  })
}
