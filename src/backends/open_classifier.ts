import { statSync } from "node:fs"
import { basename, resolve } from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { ModelError } from "../model/language_model.ts"
import { ModelLoadError } from "../model/models.ts"
import { type ClassifiedText, makeClassifier, type TextClassifier } from "../model/text_classifier.ts"
import { labelsOf, probabilitiesOf } from "../onnx/labels.ts"
import type { TokenId, Vocabulary } from "../vocabulary/vocabulary.ts"
import { startClassifier } from "./onnxruntime/classifier/start_classifier.ts"
import { fit, type Overflow } from "./onnxruntime/classifier/window.ts"
import { hasCheckpoint, readConfig } from "./onnxruntime/folder.ts"
import { reasonOf } from "./onnxruntime/load_failure.ts"
import { type Settings, settingsOf } from "./onnxruntime/settings.ts"
import { readVocabulary } from "./open_model.ts"

/**
 * How a classifier is named and run. `engine`, `cacheBytes`, `slots` and `blockLength` count where it stands on a
 * decoder; encoders and exported graphs run by onnxruntime-node's binding and remember nothing.
 */
export interface ClassifierOptions extends Partial<Settings> {
  /** For messages and listings. Default: the last part of the path. */
  readonly name?: string
  /** What texts are tokenized with. Default: tokenizer.json of the folder. */
  readonly vocabulary?: Vocabulary
  /**
   * A text that is longer than the window: an error (`refuse`, the default), or only its beginning or its end is
   * classified, with the special tokens around it.
   */
  readonly overflow?: Overflow
}

/**
 * A text classifier from a folder in the Hugging Face layout: config.json with its labels, tokenizer.json, and
 * safetensors, else `onnx/model*.onnx`. Texts that are asked about at the same moment go together, and no text changes
 * the row of another. A list of tokens is taken as it stands. It is released with the scope.
 *
 * Errors: `ModelLoadError` where the folder, a file, the architecture or the vocabulary does not fit; `classify` fails
 * with `ModelError` where a text is empty, is too long or cannot be tokenized.
 */
export const openClassifier = (
  path: string,
  options: ClassifierOptions = {}
): Effect.Effect<TextClassifier, ModelLoadError, Scope.Scope> =>
  Effect.gen(function* () {
    const folder = resolve(path)
    const name = options.name ?? basename(folder)
    const refuse = (message: string) => new ModelLoadError({ model: name, message })
    const { labels, probabilities } = yield* Effect.try({
      try: () => {
        if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw new Error("there is no such folder")
        const config = readConfig(folder)
        return { labels: labelsOf(config), probabilities: probabilitiesOf(config) }
      },
      catch: (thrown) => refuse(`Cannot open ${path} as a classifier: ${reasonOf(thrown)}`)
    })
    const vocabulary = options.vocabulary ?? (yield* readVocabulary(name, folder))
    const source = hasCheckpoint(folder)
      ? ({ kind: "checkpoint", folder } as const)
      : ({ kind: "exported", path: folder, contextLength: 512 } as const)
    const { description, score } = yield* Effect.mapError(startClassifier(source, settingsOf(options)), (message) =>
      refuse(message.includes(folder) ? message : `${message} (${folder})`)
    )
    if (vocabulary !== undefined && vocabulary.size > description.vocabularySize) {
      const sizes = `${vocabulary.size} tokens: it knows ${description.vocabularySize}`
      return yield* refuse(`Cannot use ${name} with its tokenizer.json of ${sizes}`)
    }
    const read = reader(name, vocabulary, description, options.overflow ?? "refuse")
    const ofTokens = makeClassifier({
      name,
      labels,
      probabilities,
      run: (texts) =>
        score(
          (texts as ReadonlyArray<ReadonlyArray<TokenId>>).map((context) => ({ context, from: context.length }))
        ).pipe(
          Effect.mapError((message) => failed(name, message)),
          Effect.map((rows) => rows.map(([row]) => row!))
        )
    })
    // a text that is refused fails who asked, not the others of its run
    return {
      ...ofTokens,
      classify: (texts) => Effect.flatMap(Effect.forEach(texts, read), ofTokens.classify)
    }
  })

const failed = (model: string, what: string) =>
  new ModelError({ model, message: `Cannot classify a text with ${model}: ${what}` })

/** Texts to the tokens that the classifier can be given. */
const reader =
  (
    name: string,
    vocabulary: Vocabulary | undefined,
    { contextLength, vocabularySize }: { readonly contextLength: number; readonly vocabularySize: number },
    overflow: Overflow
  ) =>
  (text: ClassifiedText): Effect.Effect<ReadonlyArray<TokenId>, ModelError> => {
    const tokenizer = vocabulary?.tokenizer
    if (typeof text === "string" && tokenizer === undefined) {
      return Effect.fail(failed(name, "it has no tokenizer.json, so it takes tokens only"))
    }
    const tokens = typeof text === "string" ? fit(tokenizer!, text, contextLength, overflow) : text
    const bad = tokens.find((token) => !Number.isInteger(token) || token < 0 || token >= vocabularySize)
    if (bad !== undefined) {
      return Effect.fail(failed(name, `token ${bad} is no whole number from 0 to ${vocabularySize - 1}`))
    }
    if (tokens.length === 0) return Effect.fail(failed(name, "it is empty"))
    if (tokens.length > contextLength) {
      return Effect.fail(failed(name, `it has ${tokens.length} tokens, and the window holds ${contextLength}`))
    }
    return Effect.succeed(tokens)
  }
