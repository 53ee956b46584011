/** Instructions of WebAssembly as bytes: an expression leaves one value on the stack, a statement none. */
export type Code = ReadonlyArray<number>

/** A number in LEB128, without sign. */
const unsigned = (n: number): Code => (n < 128 ? [n] : [(n & 127) | 128, ...unsigned(n >>> 7)])

/** A number in LEB128, with sign. */
const signed = (n: number): Code => (n >= -64 && n < 64 ? [n & 127] : [(n & 127) | 128, ...signed(n >> 7)])

const list = (items: ReadonlyArray<Code>): Code => [...unsigned(items.length), ...items.flat()]
const sized = (code: Code): Code => [...unsigned(code.length), ...code]
const section = (id: number, items: ReadonlyArray<Code>): Code => [id, ...sized(list(items))]
const text = (s: string): Code => sized([...new TextEncoder().encode(s)])

/** Types of values. */
export const Type = { i32: 0x7f, i64: 0x7e, f64: 0x7c, v128: 0x7b } as const
type Type = (typeof Type)[keyof typeof Type]

const simd = (code: number, ...immediate: ReadonlyArray<number>): Code => [0xfd, ...unsigned(code), ...immediate]
const binary = (code: Code) => (a: Code, b: Code) => [...a, ...b, ...code]
const unary = (code: Code) => (a: Code) => [...a, ...code]
const at = (alignment: number, offset: number): Code => [alignment, ...unsigned(offset)]

/** The value of a parameter or a local. */
export const get = (local: number): Code => [0x20, ...unsigned(local)]
/** Sets a local. */
export const set = (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)]
/** A constant. */
export const i32 = (n: number): Code => [0x41, ...signed(n)]
/** Sum of two 32-bit numbers. */
export const plus = binary([0x6a])
/** Bits that differ. */
export const differ = binary([0x73])
/** Stores a 32-bit number. */
export const storeWord = (address: Code, offset: number, value: Code): Code => [
  ...address,
  ...value,
  ...[0x36, ...at(2, offset)]
]
/** The product of two 32-bit numbers without sign, in 64 bits. */
export const wideProduct = (a: Code, b: Code): Code => [...a, 0xad, ...b, 0xad, 0x7e]
/** The lower 32 bits. */
export const lower = unary([0xa7])
/** The upper 32 bits. */
export const upper = (wide: Code): Code => [...wide, 0x42, 32, 0x88, 0xa7]
/** Sum of two doubles. */
export const plusDouble = binary([0xa0])
/** The larger double; NaN if one is. */
export const maxDouble = binary([0xa5])

/** Pairs of doubles, from little-endian memory of any alignment. */
export const load = (address: Code, offset: number): Code => [...address, ...simd(0x00, ...at(3, offset))]
/** Two floats in the lower half. */
export const loadHalf = (address: Code, offset: number): Code => [...address, ...simd(0x5d, ...at(2, offset))]
/** Stores a pair of doubles. */
export const store = (address: Code, offset: number, value: Code): Code => [
  ...address,
  ...value,
  ...simd(0x0b, ...at(3, offset))
]
/** One double twice. */
export const splat = unary(simd(0x14))
/** The lower (0) or upper (1) double of a pair. */
export const lane = (pair: Code, index: 0 | 1): Code => [...pair, ...simd(0x21, index)]
/** The two floats in the lower half as doubles. */
export const promote = unary(simd(0x5f))
/** Sums of two doubles each. */
export const add = binary(simd(0xf0))
/** Differences of two doubles each. */
export const subtract = binary(simd(0xf1))
/** Products of two doubles each. */
export const multiply = binary(simd(0xf2))
/** `a < b ? b : a` for each of two: one instruction of x86; NaN stays in `a` and is passed over in `b`. */
export const larger = binary(simd(0xf7))
/** All bits where a < b. */
export const less = binary(simd(0x49))
/** All bits where a <= b. */
export const lessOrEqual = binary(simd(0x4b))
/** Bits of `a` where those of `mask` are set, else of `b`. */
export const select = (a: Code, b: Code, mask: Code): Code => [...a, ...b, ...mask, ...simd(0x52)]
/** Two 64-bit integers, shifted to the left. */
export const shiftLeft = (pair: Code, bits: number): Code => [...pair, ...i32(bits), ...simd(0xcb)]
/** Sums of two 64-bit integers. */
export const addIntegers = binary(simd(0xce))

/** Runs `body` until the local `pointer`, moved on by `step` bytes at its end, reaches `end`: once at least. */
export const loop = (pointer: number, step: number, end: Code, body: Code): Code => [
  ...[0x03, 0x40, ...body],
  ...set(pointer, plus(get(pointer), i32(step))),
  // branch back if below
  ...[...get(pointer), ...end, 0x49, 0x0d, 0x00, 0x0b]
]

/** A function: its parameters come first among its locals. */
export interface Function {
  readonly name: string
  readonly parameters: ReadonlyArray<Type>
  readonly locals: ReadonlyArray<Type>
  readonly result: Type | undefined
  readonly body: Code
}

/** A module of functions over one memory of `pages` of 64 KiB to begin with, exported as `memory`. */
export const toModule = (functions: ReadonlyArray<Function>, pages: number): Uint8Array<ArrayBuffer> =>
  Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(
      1,
      functions.map(({ parameters, result }) => [
        0x60,
        ...list(parameters.map((type) => [type])),
        ...list(result === undefined ? [] : [[result]])
      ])
    ),
    ...section(
      3,
      functions.map((_, i) => unsigned(i))
    ),
    ...section(5, [[0x00, ...unsigned(pages)]]),
    ...section(7, [
      [...text("memory"), 0x02, 0x00],
      ...functions.map(({ name }, i) => [...text(name), 0x00, ...unsigned(i)])
    ]),
    ...section(
      10,
      functions.map(({ body, locals }) => sized([...list(locals.map((type) => [1, type])), ...body, 0x0b]))
    )
  ])
