import * as fc from "fast-check"

/** The largest coin there is: the largest double below 1. */
export const LARGEST_COIN = 1 - 2 ** -53

/** Logits of `size` tokens, as float32 holds them; no two rows and no two tokens are exactly alike but by rare chance. */
export const logits = (size: number, spread = 6): fc.Arbitrary<Array<number>> =>
  fc.array(fc.integer({ min: -100_000, max: 100_000 }), { minLength: size, maxLength: size }).map((cells) =>
    // the irrational part keeps tokens apart also where fast-check shrinks all cells to 0
    cells.map((n, i) => Math.fround((n / 100_000) * spread + Math.sin(1 + i * 1.7) / 97))
  )

/** Logits with impossible tokens among them, one token at least being possible, and many ties. */
export const roughLogits = (size: number): fc.Arbitrary<Array<number>> =>
  fc
    .array(fc.oneof({ weight: 4, arbitrary: fc.integer({ min: -4, max: 4 }) }, fc.constant(Number.NEGATIVE_INFINITY)), {
      minLength: size,
      maxLength: size
    })
    .filter((row) => row.some(Number.isFinite))

/** A law of `size` tokens, some of them impossible. */
export const law = (size: number): fc.Arbitrary<Float64Array> =>
  fc
    .array(fc.integer({ min: 0, max: 20 }), { minLength: size, maxLength: size })
    .filter((counts) => counts.some((n) => n > 0))
    .map((counts) => {
      const sum = counts.reduce((a, b) => a + b, 0)
      return Float64Array.from(counts, (n) => n / sum)
    })

/** The size of a small vocabulary. */
export const size: fc.Arbitrary<number> = fc.integer({ min: 1, max: 8 })
