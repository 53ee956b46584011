import { CheckpointError } from "../../../onnx/checkpoint_error.ts"
import type { Config } from "../../../onnx/config.ts"
import { encoderOf, encoders } from "../../../onnx/encoders.ts"
import { labelsOf } from "../../../onnx/labels.ts"
import { refuseMoreLayers } from "../../../onnx/layers.ts"
import { packedModel } from "../../../onnx/packed.ts"
import { raggedModel } from "../../../onnx/ragged.ts"
import { scoredDecoderOf, scoredDecoders } from "../../../onnx/score_head.ts"
import type { Weights } from "../../../onnx/weights.ts"
import { openByBinding, openFile } from "../binding_session.ts"
import { giveBack } from "../c_api/give_back.ts"
import { checkpointRunner } from "../checkpoint_runner.ts"
import { refuseOtherDtype } from "../exported_dtype.ts"
import { findGraph, mapCheckpoint, readConfig } from "../folder.ts"
import type { Description, Loaded, Source } from "../load.ts"
import { LoadFailure, reasonOf } from "../load_failure.ts"
import { quantizedWeights } from "../quantized_weights.ts"
import { makeScorer, type Scorer } from "../scorer.ts"
import type { Settings } from "../settings.ts"
import { exportedTexts } from "./exported_texts.ts"
import { raggedRunner } from "./ragged_runner.ts"
import type { TextRunner } from "./text_runner.ts"
import { textScorer } from "./text_scorer.ts"

/**
 * Loads a classifier on this thread. It answers as a language model does, with one row for the whole of each context:
 * the logits of the labels. The description tells how many tokens it knows.
 *
 * Errors: rejects with an `Error` whose message, one line, is for the user.
 */
export const loadClassifier = async (source: Source, settings: Settings): Promise<Loaded> => {
  try {
    return await (source.kind === "checkpoint"
      ? loadCheckpoint(source.folder, settings)
      : loadExported(source, settings))
  } catch (thrown) {
    if (thrown instanceof LoadFailure || thrown instanceof CheckpointError) throw thrown
    const path = source.kind === "checkpoint" ? source.folder : source.path
    throw new LoadFailure(`Cannot load ${path} as a classifier for onnxruntime: ${reasonOf(thrown)}`, { cause: thrown })
  }
}

const loadCheckpoint = async (folder: string, settings: Settings): Promise<Loaded> => {
  const config = readConfig(folder)
  const encoder = encoderOf(config)
  const decoder = encoder === undefined ? scoredDecoderOf(config) : undefined
  if (encoder === undefined && decoder === undefined) {
    const named = config.strings("architectures").join(", ") || "(none)"
    const known = [...Object.keys(encoders), ...scoredDecoders].join(", ")
    throw new CheckpointError(`Cannot build the architecture ${named} as a classifier: it is none of ${known}`)
  }
  const checkpoint = mapCheckpoint(folder)
  refuseMoreLayers(checkpoint, (encoder ?? decoder!).layers)
  const place = { folder, dtype: settings.dtype ?? "fp32", cache: settings.quantizedCache } as const
  const build = (made: Weights) => (encoder === undefined ? packedModel(decoder!, made, 1) : raggedModel(encoder, made))
  const { mapped, weights } = quantizedWeights(checkpoint, place, build)
  const back = giveBack([...checkpoint.mapped, ...mapped])
  if (encoder !== undefined) {
    const runner = await raggedRunner(encoder, weights, openByBinding(settings))
    back.pages()
    back.heap()
    return ofTexts(config, encoder.contextLength, runner, settings)
  }
  const options = { settings, giveBack: back }
  return checkpointRunner(decoder!, weights, options, (runner, engine) => {
    const { contextLength, interruption, release } = runner
    const scorer = makeScorer(runner, settings.cacheBytes, settings.runLength)
    return loaded(config, { engine, interruption, contextLength }, scorer, release)
  })
}

const loadExported = async (
  source: Extract<Source, { readonly kind: "exported" }>,
  settings: Settings
): Promise<Loaded> => {
  const { file, folder } = findGraph(source.path)
  const config = readConfig(folder)
  refuseOtherDtype(file, settings.dtype)
  const session = await openFile(file, settings)
  const runner = await exportedTexts(session, { file, labels: labelsOf(config).length })
  return ofTexts(config, windowOf(config, source.contextLength), runner, settings)
}

/** RoBERTa and kin count places from after the padding token's id. */
const windowOf = (config: Config, otherwise: number): number => {
  const places = config.size("max_position_embeddings", otherwise)
  const after = /roberta|camembert|mpnet/.test(config.string("model_type", ""))
    ? config.number("pad_token_id", 1) + 1
    : 0
  return places - after
}

const ofTexts = (config: Config, contextLength: number, runner: TextRunner, settings: Settings): Loaded =>
  loaded(
    config,
    { engine: "binding", interruption: undefined, contextLength },
    textScorer(runner, settings.runLength),
    runner.release
  )

const loaded = (
  config: Config,
  known: Pick<Description, "contextLength" | "engine" | "interruption">,
  scorer: Scorer,
  release: Loaded["release"]
): Loaded => ({
  ...scorer,
  description: { ...known, vocabularySize: config.size("vocab_size"), beginning: undefined, end: [] },
  release
})
