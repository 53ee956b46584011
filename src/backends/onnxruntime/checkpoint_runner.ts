import type { Decoder } from "../../onnx/decoder.ts"
import type { Weights } from "../../onnx/weights.ts"
import { openByBinding } from "./binding_session.ts"
import { inPlaceRunner } from "./c_api/in_place_runner.ts"
import { interruption } from "./c_api/interruption.ts"
import { openByLibrary } from "./c_api/open.ts"
import { sharedWeights } from "./c_api/shared_weights.ts"
import { LoadFailure } from "./load_failure.ts"
import { packedRunner } from "./packed_runner.ts"
import type { Past, Runner, RunnerOptions } from "./runner.ts"
import { usableLibrary } from "./usable_library.ts"

/** What becomes of a runner and of the way to the runtime that it takes, in words. */
export type Use<A> = <P extends Past>(runner: Runner<P>, engine: string) => A

/** Runs a decoder by the fastest way that can be used here, or by the one that is asked for. */
export const checkpointRunner = async <A>(
  decoder: Decoder,
  weights: Weights,
  options: RunnerOptions,
  use: Use<A>
): Promise<A> => {
  const { settings } = options
  const library = settings.engine === "binding" ? "it was asked for" : usableLibrary()
  if (typeof library === "string") {
    if (settings.engine === "c-api") {
      throw new LoadFailure(`Cannot run a model through the C API of onnxruntime: ${library}`)
    }
    return use(await packedRunner(decoder, weights, openByBinding(settings), settings), `binding (${library})`)
  }
  const inPlace = inPlaceRunner(library, decoder, weights, options)
  if (inPlace !== undefined) return use(inPlace, "c-api, pasts in place")
  const owned = new DisposableStack()
  const shared = owned.use(sharedWeights(library))
  const stop = owned.use(interruption(library))
  const open = openByLibrary(library, { weights: shared, interruption: stop, settings })
  const packed = await packedRunner(decoder, weights, open, settings)
  const release = async () => {
    await packed.release()
    owned.dispose()
  }
  return use({ ...packed, interruption: stop.pointer, release }, "c-api, pasts copied")
}
