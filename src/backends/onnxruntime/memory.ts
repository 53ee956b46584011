import { LoadFailure } from "./load_failure.ts"

/** What is known beforehand of the memory that a model takes. Units: bytes. */
export interface Needed {
  /** The weights, as they are laid out for the processor. */
  readonly weights: number
  /** Copies of weights that are kept beside the layout. */
  readonly copies: number
}

/** Memory that this process may still take, with what the system says of its limits. Units: bytes. */
export const availableMemory = (): number =>
  Math.min(process.availableMemory(), process.constrainedMemory() || Number.POSITIVE_INFINITY)

/**
 * Refuses a model before it is loaded that cannot fit, so that neither this process nor another one is ended for it.
 *
 * Errors: throws `LoadFailure`.
 */
export const refuseWhatDoesNotFit = (name: string, { copies, weights }: Needed, available: number): void => {
  const needed = weights + copies
  if (needed <= available) return
  throw new LoadFailure(
    `Cannot load ${name} into memory: its weights take ${gibibytes(needed)} GiB, and ${gibibytes(available)} GiB are free; dtype int8 or int4 takes less`
  )
}

const gibibytes = (bytes: number): string => (bytes / 2 ** 30).toFixed(bytes < 2 ** 30 ? 2 : 1)
