/** What is taken from a count of 1, of 2, and of 3 or more. */
export type Discounts = readonly [one: number, two: number, more: number]

/** For levels with too few n-grams to tell. Source: KenLM, `--discount_fallback`. */
export const fallback: Discounts = [0.5, 1, 1.5]

/** Discounts below it would leave the shorter context next to nothing. */
export const leastDiscount = 2 ** -10

/** Whether discounts leave every count at least 0 and every back-off weight more than 0. */
export const areDiscounts = (discounts: Discounts): boolean =>
  discounts.every((discount, i) => discount >= leastDiscount && discount <= i + 1)

/** What is taken from `count`, a whole number of at least 1. */
export const discountOf = (discounts: Discounts, count: number): number =>
  count === 1 ? discounts[0] : count === 2 ? discounts[1] : discounts[2]

/**
 * The discounts of modified Kneser-Ney smoothing from all counts of one level: `D_i = i - (i + 1) Y n_(i+1) / n_i` with
 * `Y = n_1 / (n_1 + 2 n_2)`, where `n_i` is how many counts are i. `fallback` where an n_i is 0 or that gives no
 * discounts.
 *
 * Source: Chen and Goodman 1999, "An empirical study of smoothing techniques for language modeling", equation 26.
 */
export const estimateDiscounts = (counts: Uint32Array): Discounts => {
  const n = [0, 0, 0, 0, 0]
  for (const count of counts) if (count <= 4) n[count]!++
  const y = n[1]! / (n[1]! + 2 * n[2]!)
  const discount = (i: number) => i - ((i + 1) * y * n[i + 1]!) / n[i]!
  const estimate: Discounts = [discount(1), discount(2), discount(3)]
  return n[4]! > 0 && areDiscounts(estimate) ? estimate : fallback
}
