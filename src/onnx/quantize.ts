import { floats } from "./floats.ts"

/** Names the way in which numbers are quantized here: whatever changes the result changes it too. */
export const scheme =
  "polylogit 2: int8 symmetric in blocks of 64 or 32, int4 with zeros in blocks of 32, margins 0 1 -1"

/**
 * So many numbers of a row share a scale. Larger blocks are faster, but the runtime multiplies one row alone in another
 * order than several at once when blocks are larger than 32 in 4 bits, or than 64 in 8: a row would depend on how many
 * others are in its run.
 */
export const blockSizeOf = (inputs: number, bits: Bits): 32 | 64 => (bits === 8 && inputs % 64 === 0 ? 64 : 32)

/** Bits of a quantized number. */
export type Bits = 4 | 8

/** A matrix `[outputs, inputs]` in few bits, as `MatMulNBits` takes it: a number is `(value - zero) * scale`. */
export interface Quantized {
  readonly bits: Bits
  readonly outputs: number
  readonly blockSize: number
  /** Blocks of a row; the last one may be padded with zeros. */
  readonly blocks: number
  /** `[outputs, blocks, blockSize * bits / 8]`; of two values in a byte the first is the low half. */
  readonly values: Uint8Array
  /** `[outputs, blocks]` */
  readonly scales: Float32Array
  /** `[outputs, ceil(blocks / 2)]`, packed like the values. With 8 bits every zero is 128 and none is stored. */
  readonly zeros: Uint8Array | undefined
}

/** Room for a matrix. */
export const emptyQuantized = (bits: Bits, outputs: number, inputs: number): Quantized => {
  const blockSize = blockSizeOf(inputs, bits)
  const blocks = Math.ceil(inputs / blockSize)
  // the runtime reads where they lie: memory that is no part of an ArrayBuffer may move
  const bytes = (size: number) => new Uint8Array(new ArrayBuffer(size))
  return {
    bits,
    outputs,
    blockSize,
    blocks,
    values: bytes((outputs * blocks * blockSize * bits) / 8),
    scales: floats(outputs * blocks),
    zeros: bits === 4 ? bytes(outputs * Math.ceil(blocks / 2)) : undefined
  }
}

/**
 * Quantizes one block: the `blockSize` numbers of `x` from place `from` on. Blocks know nothing of each other; each is
 * written once. Gives `false` where a number is not finite.
 */
export const quantizeBlock = (into: Quantized, output: number, block: number, x: Float32Array, from = 0): boolean =>
  into.bits === 8 ? quantize8(into, output, block, x, from) : quantize4(into, output, block, x, from)

/** 127 steps on either side of zero: the largest number is met exactly. */
const quantize8 = (into: Quantized, output: number, block: number, x: Float32Array, from: number): boolean => {
  const end = from + into.blockSize
  let largest = 0
  let sum = 0
  for (let i = from; i < end; i++) {
    const size = Math.abs(x[i]!)
    if (size > largest) largest = size
    sum += size
  }
  const place = output * into.blocks + block
  into.scales[place] = largest / 127
  const inverse = invert(into.scales[place]!)
  let at = place * into.blockSize
  for (let i = from; i < end; i++) {
    const value = (x[i]! * inverse + 128.5) | 0
    into.values[at++] = Math.max(1, Math.min(255, value))
  }
  return Number.isFinite(sum)
}

/**
 * How much wider than the block, in steps, the 16 levels are laid over it. The error is a bumpy function of the width:
 * trying three takes off a tenth of it, trying nine hardly more.
 */
const margins = [0, 1, -1] as const

/** Adding it and taking it off again rounds a number of at most 2^51 to a whole one. */
const rounding = 1.5 * 2 ** 52

/**
 * 16 levels, zero among them, over the range of the block. Of three widths the one is taken that leaves the least
 * squared error when the scale is fitted to its levels l: `scale = sum(x l) / sum(l l)` leaves
 * `sum(x x) - sum(x l)^2 / sum(l l)`.
 */
const quantize4 = (into: Quantized, output: number, block: number, x: Float32Array, from: number): boolean => {
  const end = from + into.blockSize
  let low = 0
  let high = 0
  let sum = 0
  for (let i = from; i < end; i++) {
    const number = x[i]!
    if (number < low) low = number
    if (number > high) high = number
    sum += number
  }
  let zero = 8
  let scale = 0
  let most = 0
  for (let m = 0; m < margins.length; m++) {
    const margin = margins[m]!
    const inverse = (15 + margin) / (high - low)
    const middle = Math.max(0, Math.min(15, -low * inverse - margin / 2 + rounding - rounding))
    const bottom = -middle
    const top = 15 - middle
    let products = 0
    let squares = 0
    for (let i = from; i < end; i++) {
      const number = x[i]!
      let level = number * inverse + rounding - rounding
      if (level > top) level = top
      if (level < bottom) level = bottom
      products += number * level
      squares += level * level
    }
    const explained = (products * products) / squares
    if (explained > most) {
      most = explained
      zero = middle
      scale = products / squares
    }
  }
  const place = output * into.blocks + block
  into.scales[place] = scale
  const inverse = invert(into.scales[place]!)
  const shift = zero + 0.5
  let at = place * (into.blockSize / 2)
  for (let i = from; i < end; i += 2) {
    const first = (x[i]! * inverse + shift) | 0
    const second = (x[i + 1]! * inverse + shift) | 0
    into.values[at++] = nibble(first) | (nibble(second) << 4)
  }
  into.zeros![output * Math.ceil(into.blocks / 2) + (block >> 1)]! |= zero << (4 * (block & 1))
  return Number.isFinite(sum)
}

const nibble = (value: number): number => Math.max(0, Math.min(15, value))

/** 0 for 0: a block of zeros. */
const invert = (scale: number): number => (scale === 0 ? 0 : 1 / scale)
