import type { SidePaths } from "../../onnx/adapters/side_paths.ts"
import type { Decoder } from "../../onnx/decoder.ts"
import type { Weights } from "../../onnx/weights.ts"
import { openByBinding } from "./binding_session.ts"
import { inPlaceRunner } from "./c_api/in_place_runner.ts"
import { type Interruption, interruption } from "./c_api/interruption.ts"
import type { Library } from "./c_api/library.ts"
import { openByLibrary } from "./c_api/open.ts"
import { sharedWeights } from "./c_api/shared_weights.ts"
import { LoadFailure } from "./load_failure.ts"
import { packedRunner } from "./packed_runner.ts"
import type { Past, Runner, RunnerOptions } from "./runner.ts"
import type { Settings } from "./settings.ts"
import { usableLibrary } from "./usable_library.ts"

/**
 * What becomes of a runner and of the way to the runtime that it takes, in words. `again` makes a runner of other weights
 * for the same decoder; both take the pasts of either.
 */
export type Use<A> = <P extends Past>(
  runner: Runner<P>,
  engine: string,
  again: (weights: Weights) => Promise<Runner<P>>
) => A

/** Runs a decoder by the fastest way that can be used here, or by the one that is asked for. */
export const checkpointRunner = async <A>(
  decoder: Decoder,
  weights: Weights,
  options: RunnerOptions,
  use: Use<A>
): Promise<A> => {
  const { adapters, settings } = options
  const library = settings.engine === "binding" ? "it was asked for" : usableLibrary()
  if (typeof library === "string") {
    if (settings.engine === "c-api") {
      throw new LoadFailure(`Cannot run a model through the C API of onnxruntime: ${library}`)
    }
    const run = (of: Weights, beside?: SidePaths) =>
      packedRunner(decoder, of, openByBinding(settings), settings, beside)
    return use(await run(weights, adapters), `binding (${library})`, run)
  }
  const stop = interruption(library)
  const owning = <P extends Past>(runner: Runner<P>): Runner<P> => ({
    ...runner,
    release: async () => {
      await runner.release()
      stop[Symbol.dispose]()
    }
  })
  try {
    const inPlace = inPlaceRunner(library, decoder, weights, { ...options, interruption: stop })
    if (inPlace !== undefined) {
      const again = async (of: Weights) =>
        inPlaceRunner(library, decoder, of, { ...options, interruption: stop, adapters: undefined })!
      return use(owning(inPlace), "c-api, pasts in place", again)
    }
    const run = (of: Weights, beside?: SidePaths) => copiedPasts(library, stop, decoder, of, settings, beside)
    return use(owning(await run(weights, adapters)), "c-api, pasts copied", run)
  } catch (thrown) {
    stop[Symbol.dispose]()
    throw thrown
  }
}

const copiedPasts = async (
  library: Library,
  stop: Interruption,
  decoder: Decoder,
  weights: Weights,
  settings: Settings,
  adapters: SidePaths | undefined
) => {
  const shared = sharedWeights(library)
  try {
    const open = openByLibrary(library, { weights: shared, interruption: stop, settings })
    const packed = await packedRunner(decoder, weights, open, settings, adapters)
    const release = async () => {
      await packed.release()
      shared[Symbol.dispose]()
    }
    return { ...packed, interruption: stop.pointer, release }
  } catch (thrown) {
    shared[Symbol.dispose]()
    throw thrown
  }
}
