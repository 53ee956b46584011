import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { type ClassifierOptions, openClassifier } from "../../../../src/backends/open_classifier.ts"
import type { ClassifiedText, TextClassifier } from "../../../../src/model/text_classifier.ts"
import { temporaryFolder } from "../temporary.ts"

export const families = ["bert", "roberta", "distilbert"] as const
export type EncoderName = (typeof families)[number]

export const folderOf = (family: EncoderName): string => join(import.meta.dir, "../../../golden/encoders", family)

interface Case {
  readonly tokens: ReadonlyArray<number>
  readonly logits: ReadonlyArray<number>
}

/** Texts of 2, 9 and 33 tokens and the logits that Hugging Face computes. */
export const casesOf = (family: EncoderName): ReadonlyArray<Case> => {
  const { logits, tokens } = JSON.parse(readFileSync(join(folderOf(family), "cases.json"), "utf8"))
  return tokens.map((own: ReadonlyArray<number>, i: number) => ({ tokens: own, logits: logits[i] }))
}

export const configOf = (family: EncoderName): Record<string, unknown> =>
  JSON.parse(readFileSync(join(folderOf(family), "config.json"), "utf8"))

/** A copy of a golden folder with other fields in its config.json, and with files beside. */
export const changed = (
  family: EncoderName,
  fields: Record<string, unknown>,
  files: Readonly<Record<string, string | Uint8Array>> = {}
): string =>
  temporaryFolder({ "config.json": JSON.stringify({ ...configOf(family), ...fields }), ...files }, folderOf(family))

/** Runs `body` on the classifier of a folder, and closes it. */
export const withClassifier = <A>(
  folder: string,
  body: (classifier: TextClassifier) => Promise<A>,
  options?: ClassifierOptions
): Promise<A> =>
  Effect.runPromise(
    Effect.scoped(
      Effect.flatMap(openClassifier(folder, options), (classifier) => Effect.promise(() => body(classifier)))
    )
  )

export const classify = (classifier: TextClassifier, texts: ReadonlyArray<ClassifiedText>) =>
  Effect.runPromise(classifier.classify(texts))

/** The largest difference of two lists of rows. */
export const distance = (
  rows: ReadonlyArray<ArrayLike<number>>,
  expected: ReadonlyArray<ArrayLike<number>>
): number => {
  if (rows.length !== expected.length) return Number.POSITIVE_INFINITY
  const differences = rows.flatMap((row, i) =>
    row.length === expected[i]!.length
      ? Array.from(row, (number, at) => Math.abs(number - expected[i]![at]!))
      : [Number.POSITIVE_INFINITY]
  )
  return differences.some(Number.isNaN) ? Number.NaN : Math.max(...differences)
}
