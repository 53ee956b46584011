import type { Decoder } from "../../onnx/decoder.ts"
import type { Weights } from "../../onnx/weights.ts"
import { openByBinding } from "./binding_session.ts"
import { inPlaceRunner } from "./c_api/in_place_runner.ts"
import { type Library, openLibrary, shippedLibrary } from "./c_api/library.ts"
import { openByLibrary } from "./c_api/open.ts"
import { sharedWeights } from "./c_api/shared_weights.ts"
import { LoadFailure, reasonOf } from "./load_failure.ts"
import { packedRunner } from "./packed_runner.ts"
import type { Past, Runner } from "./runner.ts"
import type { Settings } from "./settings.ts"

/** What becomes of a runner and of the way to the runtime that it takes, in words. */
export type Use<A> = <P extends Past>(runner: Runner<P>, engine: string) => A

/** Runs a decoder by the fastest way that can be used here, or by the one that is asked for. */
export const checkpointRunner = async <A>(
  decoder: Decoder,
  weights: Weights,
  settings: Settings,
  use: Use<A>
): Promise<A> => {
  const library = settings.engine === "binding" ? "it was asked for" : usable()
  if (typeof library === "string") {
    if (settings.engine === "c-api") {
      throw new LoadFailure(`Cannot run a model through the C API of onnxruntime: ${library}`)
    }
    return use(await packedRunner(decoder, weights, openByBinding(settings), settings), `binding (${library})`)
  }
  const inPlace = inPlaceRunner(library, decoder, weights, settings)
  if (inPlace !== undefined) return use(inPlace, "c-api, pasts in place")
  const shared = sharedWeights(library)
  const packed = await packedRunner(decoder, weights, openByLibrary(library, shared, settings), settings)
  const release = async () => {
    await packed.release()
    shared[Symbol.dispose]()
  }
  return use({ ...packed, release }, "c-api, pasts copied")
}

let opened: Library | string | undefined

/** The library, opened once a thread; or why it cannot be used. */
const usable = (): Library | string => {
  opened ??= open()
  return opened
}

const open = (): Library | string => {
  const path = shippedLibrary()
  if (path === undefined) return `onnxruntime-node ships no library for ${process.platform} ${process.arch}`
  try {
    return openLibrary(path)
  } catch (thrown) {
    return `${path} cannot be used: ${reasonOf(thrown)}`
  }
}
