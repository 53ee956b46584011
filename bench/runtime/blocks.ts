/** Weights in blocks of 32 that share a scale: weight = code * scale. */
export interface Blocks {
  /** -8 to 7 with 4 bits, -127 to 127 with 8. */
  readonly codes: Int8Array
  /** One a block, rounded to float16 so that every format holds the same numbers. */
  readonly scales: Float16Array
}

/** The number of weights that share a scale. */
export const blockSize = 32

/** Rounds weights, row by row, to 4 bits as llama.cpp's Q4_0 does, or to 8 as its Q8_0 does. */
export const blocks = (weights: Float32Array, bits: 4 | 8): Blocks => {
  const codes = new Int8Array(weights.length)
  const scales = new Float16Array(weights.length / blockSize)
  for (let block = 0; block < scales.length; block++) {
    const begin = block * blockSize
    let largest = 0
    for (let i = begin; i < begin + blockSize; i++) if (Math.abs(weights[i]!) > Math.abs(largest)) largest = weights[i]!
    // with 4 bits the largest becomes -8, the end of the range that reaches further
    const scale = bits === 4 ? largest / -8 : Math.abs(largest) / 127
    scales[block] = scale
    const inverse = scale === 0 ? 0 : 1 / scale
    for (let i = begin; i < begin + blockSize; i++) {
      // rounding of what is made positive is cutting off, which is much faster than Math.round
      const code = ((weights[i]! * inverse + 128.5) | 0) - 128
      codes[i] = bits === 4 && code === 8 ? 7 : code
    }
  }
  return { codes, scales }
}
