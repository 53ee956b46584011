import { ReplaceDecoder } from "@huggingface/tokenizers"
import * as Predicate from "effect/Predicate"
import { byteFallback } from "./byte_fallback.ts"
import { cleanUpWord, replaceText } from "./replacement.ts"
import { type AnyStage, andThen, eachText, fromFirst, toLast, wholeText } from "./stage.ts"
import { stripText, stripTokens } from "./strip.ts"
import { byteLevel } from "./utf8_stage.ts"

/** What is known of the texts between two stages: one for each token, or pieces of one text. */
interface Chain {
  readonly stage: AnyStage
  readonly fused: boolean
}

type Config = { readonly [key: PropertyKey]: unknown }

const string = (value: unknown, otherwise: string): string => (typeof value === "string" ? value : otherwise)
const number = (value: unknown): number => (typeof value === "number" ? value : 0)

/** Metaspace written before it had schemes says `add_prefix_space`. */
const metaspace = (config: Config): AnyStage => {
  const mark = string(config.replacement, "\u2581")
  const never = config.prepend_scheme === "never" || (!config.prepend_scheme && config.add_prefix_space === false)
  return fromFirst((token, first) => token.replaceAll(mark, first && !never ? "" : " "))
}

const wordPiece = (config: Config): AnyStage => {
  const prefix = string(config.prefix, "##")
  const joined = (token: string) => (token.startsWith(prefix) ? token.slice(prefix.length) : ` ${token}`)
  const clean = config.cleanup === false ? (text: string) => text : cleanUpWord
  return fromFirst((token, first) => clean(first ? token : joined(token)))
}

const replace = (config: Config, fused: boolean): AnyStage => {
  const { content, pattern } = config
  const literal = Predicate.isReadonlyObject(pattern) ? pattern.String : undefined
  if (fused && typeof literal === "string" && literal !== "") return replaceText(literal, string(content, ""))
  const decoder = new ReplaceDecoder(config as unknown as ConstructorParameters<typeof ReplaceDecoder>[0])
  const change = (text: string) => decoder.decode_chain([text]).join("")
  return fused ? wholeText(change) : eachText(change)
}

const extend = (self: Chain, config: unknown): Chain => {
  if (!Predicate.isReadonlyObject(config)) throw new Error(`a decoder is an object, not ${JSON.stringify(config)}`)
  const add = (stage: AnyStage, fused = self.fused): Chain => ({ stage: andThen(self.stage, stage), fused })
  switch (config.type) {
    case "Sequence":
      return (Array.isArray(config.decoders) ? config.decoders : []).reduce(extend, self)
    case "ByteLevel":
      return add(byteLevel(), true)
    case "ByteFallback":
      return add(byteFallback())
    case "Fuse":
      return { ...self, fused: true }
    case "Strip": {
      const [content, start, stop] = [string(config.content, " "), number(config.start), number(config.stop)]
      return add((self.fused ? stripText : stripTokens)(content, start, stop))
    }
    case "Replace":
      return add(replace(config, self.fused))
    case "Metaspace":
      return add(metaspace(config))
    case "WordPiece":
      return add(wordPiece(config))
    case "BPEDecoder": {
      const suffix = string(config.suffix, "</w>")
      return add(toLast((token, last) => token.replaceAll(suffix, last ? "" : " ")))
    }
    default:
      throw new Error(`no decoder is known by the name ${JSON.stringify(config.type)}`)
  }
}

/**
 * From the texts of tokens to text, by the `decoder` of a tokenizer.json, piece by piece as the tokens come.
 * Without a decoder tokens are words. Throws on a decoder that is not known.
 *
 * Source: huggingface/tokenizers 0.23, `decoders`.
 */
export const decoderStage = (config: unknown): AnyStage =>
  config === null || config === undefined
    ? fromFirst((token, first) => (first ? token : ` ${token}`))
    : extend({ stage: eachText((text) => text), fused: false }, config).stage
