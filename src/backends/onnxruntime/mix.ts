import type { Variant } from "../../model/language_model.ts"

/** Coefficients of all adapters of a model, in their order. `undefined` is the model without any. */
export type Mix = Float32Array | undefined

/** Whether two mixes are the same weights. */
export const sameMix = (a: Mix, b: Mix): boolean =>
  a === b || (a !== undefined && b !== undefined && a.length === b.length && a.every((one, i) => one === b[i]))

/** The mix of a variant, whose names are all there; one named twice counts with the sum of its coefficients. */
export const mixOf = (adapters: ReadonlyArray<string>, variant: Variant = []): Mix => {
  if (variant.length === 0) return undefined
  const mix = new Float32Array(adapters.length)
  for (const [adapter, coefficient] of variant) mix[adapters.indexOf(adapter)]! += coefficient
  return mix.some((coefficient) => coefficient !== 0) ? mix : undefined
}

/** Writes the coefficients of every token of a run, `[tokens, count]`: those of its block, else zeros. */
export const writeMixes = (
  blocks: ReadonlyArray<{ readonly tokens: Int32Array; readonly mix?: Mix }>,
  count: number,
  into: Float32Array
): void => {
  let at = 0
  for (const { mix, tokens } of blocks) {
    for (let i = 0; i < tokens.length; i++, at += count) {
      if (mix === undefined) into.fill(0, at, at + count)
      else into.set(mix, at)
    }
  }
}
