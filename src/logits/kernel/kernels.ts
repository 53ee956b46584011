import { exponentials } from "./exponential.ts"
import * as w from "./wasm.ts"

const { f64, i32, v128 } = w.Type

/** Rows are worked on in steps of 4 tokens: what lies behind a row up to there is worked on too. */
export const step = 4

/** Largest of two pairs of running maxima. */
const largestOf = (a: number, b: number): w.Code => {
  const pair = w.larger(w.get(a), w.get(b))
  return w.maxDouble(w.lane(pair, 0), w.lane(pair, 1))
}
const none = w.splat([0x44, 0, 0, 0, 0, 0, 0, 0xf0, 0xff])

/** `promote(from, to, end)`: floats as doubles; gives the largest, NaN passed over. */
const promote: w.Function = {
  name: "promote",
  parameters: [i32, i32, i32],
  locals: [v128, v128, v128],
  result: f64,
  body: [
    ...[...w.set(3, none), ...w.set(4, none)],
    ...w.loop(1, 32, w.get(2), [
      ...[0, 1].flatMap((n) => [
        ...w.set(5, w.promote(w.loadHalf(w.get(0), 8 * n))),
        ...w.store(w.get(1), 16 * n, w.get(5)),
        ...w.set(3 + n, w.larger(w.get(3 + n), w.get(5)))
      ]),
      ...w.set(0, w.plus(w.get(0), w.i32(16)))
    ]),
    ...largestOf(3, 4)
  ]
}

/** `largest(from, end)`: the largest double, NaN passed over. */
const largest: w.Function = {
  name: "largest",
  parameters: [i32, i32],
  locals: [v128, v128],
  result: f64,
  body: [
    ...[...w.set(2, none), ...w.set(3, none)],
    ...w.loop(
      0,
      32,
      w.get(1),
      [0, 1].flatMap((n) => w.set(2 + n, w.larger(w.get(2 + n), w.load(w.get(0), 16 * n))))
    ),
    ...largestOf(2, 3)
  ]
}

/** `exponentiate(at, end, max, factor)`: exp((x - max) factor) 2^512 in place of x; gives their sum. */
const exponentiate: w.Function = {
  name: "exponentiate",
  parameters: [i32, i32, f64, f64],
  locals: Array.from({ length: 11 }, () => v128),
  result: f64,
  body: [
    ...[...w.set(4, w.splat(w.get(2))), ...w.set(5, w.splat(w.get(3)))],
    ...w.loop(0, 32, w.get(1), [
      ...[0, 1].flatMap((n) => w.set(7 + 4 * n, w.multiply(w.subtract(w.load(w.get(0), 16 * n), w.get(4)), w.get(5)))),
      ...exponentials([0, 1].map((n) => ({ x: 7 + 4 * n, k: 8 + 4 * n, p: 9 + 4 * n, square: 10 + 4 * n }))),
      ...[0, 1].flatMap((n) => w.store(w.get(0), 16 * n, w.get(9 + 4 * n))),
      ...w.set(6, w.add(w.get(6), w.add(w.get(9), w.get(13))))
    ]),
    ...w.plusDouble(w.lane(w.get(6), 0), w.lane(w.get(6), 1))
  ]
}

/** `multiply(at, end, number)`: in place. */
const multiply: w.Function = {
  name: "multiply",
  parameters: [i32, i32, f64],
  locals: [v128],
  result: undefined,
  body: [
    ...w.set(3, w.splat(w.get(2))),
    ...w.loop(
      0,
      32,
      w.get(1),
      [0, 1].flatMap((n) => w.store(w.get(0), 16 * n, w.multiply(w.load(w.get(0), 16 * n), w.get(3))))
    )
  ]
}

/**
 * A function `(at, other, chosen, end, v, w)`: y of `other` in place of x where `takes(x, y)`; `chosen` gets the number
 * of the side, v for x and w for y.
 */
const choose = (name: string, takes: (x: w.Code, y: w.Code) => w.Code): w.Function => ({
  name,
  parameters: [i32, i32, i32, i32, f64, f64],
  locals: [v128, v128, v128, v128, v128],
  result: undefined,
  body: [
    ...[...w.set(6, w.splat(w.get(4))), ...w.set(7, w.splat(w.get(5)))],
    ...w.loop(0, 32, w.get(3), [
      ...[0, 1].flatMap((n) => [
        ...[...w.set(8, w.load(w.get(0), 16 * n)), ...w.set(9, w.load(w.get(1), 16 * n))],
        ...w.set(10, takes(w.get(8), w.get(9))),
        ...w.store(w.get(0), 16 * n, w.select(w.get(9), w.get(8), w.get(10))),
        ...w.store(w.get(2), 16 * n, w.select(w.get(7), w.get(6), w.get(10)))
      ]),
      ...w.set(1, w.plus(w.get(1), w.i32(32))),
      ...w.set(2, w.plus(w.get(2), w.i32(32)))
    ])
  ]
})

/** All functions of the module. Rows begin at multiples of 8 bytes and end, `end`, at multiples of `step` tokens. */
export const kernels: ReadonlyArray<w.Function> = [
  promote,
  largest,
  exponentiate,
  multiply,
  choose("union", (x, y) => w.less(x, y)),
  choose("intersection", (x, y) => w.lessOrEqual(y, x))
]

/** The functions as JavaScript calls them, with addresses in bytes. */
export interface Exports {
  readonly memory: WebAssembly.Memory
  readonly promote: (from: number, to: number, end: number) => number
  readonly largest: (from: number, end: number) => number
  readonly exponentiate: (at: number, end: number, max: number, factor: number) => number
  readonly multiply: (at: number, end: number, number: number) => void
  readonly union: Choose
  readonly intersection: Choose
}

type Choose = (at: number, other: number, chosen: number, end: number, v: number, w: number) => void
