import * as w from "./wasm.ts"

/**
 * `exp(r) = 1 + r + r^2 (c[0] + c[1] r + ...)` for |r| <= ln(2) / 2: the polynomial that interpolates at the Chebyshev
 * nodes, within 2e-17 of the exponential.
 */
const c = [
  0.5000000000000001, 0.16666666666666669, 0.04166666666662413, 0.008333333333330062, 0.0013888888917213717,
  0.00019841269863053618, 2.4801521295954376e-5, 2.7557268459997064e-6, 2.7620088445409746e-7, 2.510038549551032e-8
]

/** The exponent by which all results are too large, so that none is below the smallest normal double. */
const bias = 512

/**
 * Constants in memory, each twice: reading one there is cheaper than making it. ln(2) is split so that the product of
 * its first part and a whole number of 11 bits is exact.
 */
const constants = {
  // below it no double is left of the exponential, with the bias taken away
  least: -760,
  log2e: Math.LOG2E,
  // adding it rounds to a whole number, which the lowest bits then hold
  round: 1.5 * 2 ** 52,
  ln2High: 6.9314718036912382e-1,
  ln2Low: 1.9082149292705877e-10,
  one: 2 ** bias,
  c0: 1,
  c1: 1,
  ...Object.fromEntries(c.map((x, i) => [`c${i + 2}`, x]))
} as const
const names = Object.keys(constants)

/** The constants as they lie at the beginning of the memory. */
export const table: ReadonlyArray<number> = Object.values(constants).flatMap((x) => [x, x])

/** What a result has to be multiplied by, which may underflow: 2^-512. */
export const unit: number = 2 ** -bias

const constant = (name: string): w.Code => w.load(w.i32(0), names.indexOf(name) * 16)

/** Locals that `exponentials` works in: pairs of doubles. */
export interface Scratch {
  readonly x: number
  readonly k: number
  readonly p: number
  readonly square: number
}

/**
 * Exponentials of the pairs in the locals `x`, which are not above 0, times 2^512, into the locals `p`. NaN gives NaN,
 * `-Infinity` and all below -760 give 0. Within 2.3e-16 of the exponential. Several pairs, so that the processor has
 * something to do while it waits.
 *
 * exp(x) = 2^k exp(r), where k is x / ln(2) to the next whole number and r = x - k ln(2).
 */
export const exponentials = (pairs: ReadonlyArray<Scratch>): w.Code => {
  const each = (f: (pair: Scratch) => w.Code) => pairs.flatMap(f)
  const coefficient = (i: number) => constant(`c${i}`)
  const two = (x: number, i: number) => w.add(w.multiply(w.get(x), coefficient(i + 1)), coefficient(i))
  return [
    ...each(({ k, x }) => [
      ...w.set(x, w.larger(w.get(x), constant("least"))),
      ...w.set(k, w.add(w.multiply(w.get(x), constant("log2e")), constant("round")))
    ]),
    ...each(({ k, p, x }) => [
      ...w.set(p, w.subtract(w.get(k), constant("round"))),
      ...w.set(x, w.subtract(w.get(x), w.multiply(w.get(p), constant("ln2High")))),
      ...w.set(x, w.subtract(w.get(x), w.multiply(w.get(p), constant("ln2Low"))))
    ]),
    // Horner's rule in r^2, whose coefficients are c[i] + c[i + 1] r: half as long a chain
    ...each(({ p, square, x }) => [...w.set(square, w.multiply(w.get(x), w.get(x))), ...w.set(p, two(x, c.length))]),
    ...Array.from({ length: c.length / 2 }, (_, n) => c.length - 2 - 2 * n).flatMap((i) =>
      each(({ p, square, x }) => w.set(p, w.add(w.multiply(w.get(p), w.get(square)), two(x, i))))
    ),
    ...each(({ k, p }) => w.set(p, w.multiply(w.get(p), w.addIntegers(w.shiftLeft(w.get(k), 52), constant("one")))))
  ]
}
