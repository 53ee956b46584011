import { LoadFailure } from "./load_failure.ts"
import { type Mix, sameMix } from "./mix.ts"
import type { Past, Runner } from "./runner.ts"

/** How mixes are merged into weights of their own. */
export interface Merging<P extends Past> {
  /** Whether a mix can be had in no other way. */
  readonly required: (mix: Mix) => boolean
  /** Every other mix is merged once it was asked for alone for so many tokens, one after another. */
  readonly after: number
  /** So many sets of merged weights are kept; the least recently used goes first. */
  readonly most: number
  /** Whether there is memory for one set beside so many others. */
  readonly fits: (others: number) => boolean
  readonly open: (mix: Float32Array) => Promise<Runner<P>>
}

/**
 * The same runner, but it merges a mix that is used for long, and every mix that needs it, into weights of their own.
 * All share the pasts of `base`. Runs reject with `LoadFailure` where weights that are needed do not fit.
 */
export const mergingRunner = <P extends Past>(base: Runner<P>, merging: Merging<P>): Runner<P> => {
  const { after, fits, most, open, required } = merging
  /** The least recently used comes first. */
  const kept: Array<{ readonly mix: Float32Array; readonly runner: Runner<P> }> = []
  let last: Mix
  let streak = 0

  const known = (mix: Float32Array): Runner<P> | undefined => {
    const at = kept.findIndex((one) => sameMix(one.mix, mix))
    if (at < 0) return undefined
    kept.push(...kept.splice(at, 1))
    return kept.at(-1)!.runner
  }
  const merge = async (mix: Float32Array): Promise<Runner<P> | undefined> => {
    while (kept.length > 0 && (kept.length >= most || !fits(kept.length))) await kept.shift()!.runner.release()
    if (most === 0 || !fits(kept.length)) return undefined
    const runner = await open(mix)
    kept.push({ mix: mix.slice(), runner })
    return runner
  }

  return {
    ...base,
    needsOwnRun: required,
    run: async (blocks) => {
      const { mix } = blocks[0]!
      const alone = mix !== undefined && blocks.every((block) => sameMix(block.mix, mix))
      if (!alone) {
        last = undefined
        return base.run(blocks)
      }
      if (!sameMix(mix, last)) streak = 0
      streak += blocks.reduce((sum, { tokens }) => sum + tokens.length, 0)
      // the numbers of a job lie in the memory of its call
      last = mix.slice()
      const needed = required(mix)
      const runner = known(mix) ?? (needed || streak > after ? await merge(mix) : undefined)
      if (runner !== undefined) return runner.run(blocks.map((block) => ({ ...block, mix: undefined })))
      if (!needed) return base.run(blocks)
      throw new LoadFailure("there is no memory for merged weights beside those that are loaded")
    },
    release: async () => {
      for (const { runner } of kept.splice(0)) await runner.release()
      await base.release()
    }
  }
}
