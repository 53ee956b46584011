import type { SidePaths } from "../../../onnx/adapters/side_paths.ts"
import type { Decoder } from "../../../onnx/decoder.ts"
import { type InPlaceModel, inPlaceModel } from "../../../onnx/in_place.ts"
import type { Weights } from "../../../onnx/weights.ts"
import type { Block, Runner, RunnerOptions } from "../runner.ts"
import { slotsOf } from "../slots.ts"
import { type InPlacePast, inPlacePasts } from "./in_place_past.ts"
import { type InPlaceRun, inPlaceRun } from "./in_place_run.ts"
import { interruption } from "./interruption.ts"
import type { Library } from "./library.ts"
import { sharedWeights } from "./shared_weights.ts"

/** An embedding that is looked up brings 64 KiB of its file into memory; after so many tokens they are given back. */
const often = 512

/**
 * Runs a decoder in the in-place form, with one session for each number of slots, opened when first needed; all of them
 * share the weights. `undefined` where the decoder has no such form.
 */
export const inPlaceRunner = (
  library: Library,
  decoder: Decoder,
  weights: Weights,
  { adapters, giveBack, interruption: given, settings }: RunnerOptions
): Runner<InPlacePast> | undefined => {
  const sizes = slotsOf(settings.slots, { parameters: weights.parameters, shared: true })
  const first = inPlaceModel(decoder, weights, sizes[0]!)
  if (first === undefined) return undefined
  const owned = new DisposableStack()
  const shared = owned.use(sharedWeights(library))
  const stop = given ?? owned.use(interruption(library))
  const session = { weights: shared, interruption: stop, settings }
  const pasts = owned.use(
    inPlacePasts(library, { ...first, tensors: 2 * decoder.layers, contextLength: decoder.contextLength })
  )
  const [plain, mixing] = [new Map<number, InPlaceRun>(), new Map<number, InPlaceRun>()]
  const open = (slots: number, model: InPlaceModel, beside?: SidePaths) => {
    const run = owned.use(inPlaceRun(library, model, { slots, decoder, session, adapters: beside?.count }))
    const runs = beside === undefined ? plain : mixing
    runs.set(slots, run)
    giveBack.pages()
    giveBack.heap()
    return run
  }
  try {
    open(sizes[0]!, first)
  } catch (thrown) {
    owned.dispose()
    throw thrown
  }
  const idle = pasts.empty()
  let looked = 0

  return {
    contextLength: decoder.contextLength,
    vocabularySize: decoder.vocabularySize,
    slots: sizes.at(-1)!,
    blockLength: settings.blockLength,
    interruption: stop.pointer,
    emptyPast: pasts.empty,
    run: async (blocks) => {
      const slots = sizes.find((size) => size >= blocks.length)!
      const beside = blocks.some(({ mix }) => mix !== undefined) ? adapters : undefined
      const known = (beside === undefined ? plain : mixing).get(slots)
      const run = known ?? open(slots, inPlaceModel(decoder, weights, slots, beside)!, beside)
      // a slot without a sequence scores one token that nobody asks for, into a past that is never longer
      const unused: Block<InPlacePast> = { past: idle, tokens: Int32Array.of(0), rows: 0 }
      const rows = run.run([...blocks, ...Array.from({ length: slots - blocks.length }, () => unused)])
      for (const { past, tokens } of blocks) {
        past.advance(tokens.length)
        looked += tokens.length
      }
      if (looked >= often) {
        looked = 0
        giveBack.pages()
      }
      return rows.slice(0, blocks.length)
    },
    release: async () => owned.dispose()
  }
}
