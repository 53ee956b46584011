import type { Quantized } from "../../src/onnx/quantize.ts"

/** The numbers that a quantized matrix stands for, `[outputs, inputs]`. */
export const dequantize = (
  { bits, blockSize, blocks, outputs, scales, values, zeros }: Quantized,
  inputs: number
): Float32Array =>
  Float32Array.from({ length: outputs * inputs }, (_, at) => {
    const [output, input] = [Math.floor(at / inputs), at % inputs]
    const block = Math.floor(input / blockSize)
    const half = (packed: Uint8Array, begin: number, i: number) => (packed[begin + (i >> 1)]! >> (4 * (i & 1))) & 15
    const place = output * blocks + block
    if (bits === 8) return (values[place * blockSize + (input % blockSize)]! - 128) * scales[place]!
    const zero = half(zeros!, output * Math.ceil(blocks / 2), block)
    return (half(values, (place * blockSize) / 2, input % blockSize) - zero) * scales[place]!
  })
