/**
 * Fits the n-gram model of the tales vocabulary: `bun src/embedded/train/ngram.ts CORPORA OUT`. Writes OUT/tales.ngram
 * and prints what its card says. The same corpora give the same bytes. Needs `xz` and `zstd`.
 */
import { basename, join } from "node:path"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { fit } from "../../model/ngram/fit.ts"
import type { NGram } from "../../model/ngram/n_gram.ts"
import { probability } from "../../model/ngram/probability.ts"
import { save } from "../../model/ngram/save.ts"
import { fromFiles } from "../../vocabulary/from_files.ts"
import { expectedAcceptance } from "./acceptance.ts"
import { corpusFiles, recordsOf, sha256 } from "./corpora.ts"
import { encoder, type Passage, passages } from "./passages.ts"
import { allPhrases } from "./styles.ts"

/** Chosen so that the file has less than 4 MB. */
const options = { order: 4, minGain: 1.75e-7 }
const largest = 4e6

const [corpora, out] = process.argv.slice(2)
if (corpora === undefined || out === undefined) throw new Error("Usage: bun src/embedded/train/ngram.ts CORPORA OUT")

const tales = join(import.meta.dir, "../tales")
const vocabulary = Result.getOrThrow(
  fromFiles({
    name: "tales",
    tokenizerJson: await Bun.file(join(tales, "tokenizer.json")).json(),
    tokenizerConfig: await Bun.file(join(tales, "tokenizer_config.json")).json()
  })
)
const encode = encoder(vocabulary.tokenizer!)
const say = (...cells: ReadonlyArray<string | number>) => console.log(`| ${cells.join(" | ")} |`)

let counted = 0
const sequences = (function* () {
  for (const { tokens } of passages(recordsOf(corpusFiles(corpora, "train")), encode)) {
    counted += tokens.length
    yield tokens
  }
})()
const { fingerprint, size: vocabularySize } = vocabulary
const ngram = fit(sequences, { ...options, vocabularySize, fingerprint })
const bytes = save(ngram)
if (bytes.length > largest) throw new Error(`Cannot ship ${bytes.length} bytes as the limit is ${largest}`)
await Bun.write(join(out, "tales.ngram"), bytes)
console.log(`${counted} tokens, ${JSON.stringify(options)}`)
console.log(`${bytes.length} bytes, SHA-256 ${new Bun.CryptoHasher("sha256").update(bytes).digest("hex")}`)
console.log(`n-grams of each length: ${ngram.levels.map(({ tokens }) => tokens.length).join(", ")}`)

/** Nats and tokens of a passage after its prompt, without its end. */
const lossOf = (model: NGram, { from, tokens }: Passage) => {
  let nats = 0
  for (let i = from; i < tokens.length - 1; i++) {
    nats -= Math.log(probability(model, tokens.slice(Math.max(0, i - model.order + 1), i), tokens[i]!))
  }
  return nats
}

const unigram: NGram = { ...ngram, order: 1, levels: ngram.levels.slice(0, 1) }
const domains = new Map<string, { tokens: number; nats: number; unigram: number }>()
for (const passage of passages(recordsOf(corpusFiles(corpora, "heldout")), encode)) {
  for (const domain of [passage.domain, "all"]) {
    const sum = domains.get(domain) ?? { tokens: 0, nats: 0, unigram: 0 }
    sum.tokens += passage.tokens.length - 1 - passage.from
    sum.nats += lossOf(ngram, passage)
    sum.unigram += lossOf(unigram, passage)
    domains.set(domain, sum)
  }
}
say("held-out domain", "tokens", "nats a token", "perplexity", "its first level alone")
for (const [domain, sum] of domains) {
  const loss = sum.nats / sum.tokens
  say(domain, sum.tokens, loss.toFixed(3), Math.exp(loss).toFixed(1), (sum.unigram / sum.tokens).toFixed(3))
}

const prompts = allPhrases.slice(0, 36).map((phrase) => [0, ...encode(`${phrase}\n\n`)])
const acceptance = (model: NGram) => Effect.runPromise(expectedAcceptance(tales, vocabulary, model, prompts))
console.log(`expected acceptance by tales at temperature 1: ${(await acceptance(ngram)).toFixed(3)}`)
console.log(`of its first level alone: ${(await acceptance(unigram)).toFixed(3)}`)

for (const split of ["train", "heldout"] as const) {
  for (const path of corpusFiles(corpora, split)) say(basename(path), await sha256(path))
}
