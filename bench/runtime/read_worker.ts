/** Reads a block of memory over and over, as a thread of its own; see bandwidth.ts. */
const pages = 4096
const wide = 128

const leb = (value: number): Array<number> => (value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)])
const section = (id: number, ...content: Array<number>) => [id, ...leb(content.length), ...content]

/** (p, end) => number: loads 128 bytes a turn into four sums, from p up to end. */
const program = (): Uint8Array<ArrayBuffer> => {
  const [get, set, constant, simd] = [0x20, 0x21, 0x41, 0xfd]
  const [load, xor, lane] = [
    [simd, 0x00, 4],
    [simd, 0x51],
    [simd, 0x1b, 0]
  ] as const
  const accumulator = (i: number) => 2 + (i % 4)
  const loads = Array.from({ length: wide / 16 }, (_, i) => [
    ...[get, 0, ...load, ...leb(16 * i), get, accumulator(i), ...xor, set, accumulator(i)]
  ]).flat()
  const step = [get, 0, constant, ...[0x80, 0x01], 0x6a, 0x22, 0, get, 1, 0x49, 0x0d, 0]
  const result = [get, 2, get, 3, ...xor, get, 4, ...xor, get, 5, ...xor, ...lane]
  const body = [1, 4, 0x7b, 0x03, 0x40, ...loads, ...step, 0x0b, ...result, 0x0b]
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, 1, 0x60, 2, 0x7f, 0x7f, 1, 0x7f),
    ...section(3, 1, 0),
    ...section(5, 1, 0, ...leb(pages)),
    ...section(7, 2, 1, 0x6d, 2, 0, 1, 0x72, 0, 0),
    ...section(10, 1, ...leb(body.length), ...body)
  ])
}

declare const self: Worker
const { exports: made } = new WebAssembly.Instance(new WebAssembly.Module(program()))
const memory = made.m as WebAssembly.Memory
const read = made.r as (from: number, to: number) => number
// pages that nothing was written to would all be one page
new Uint8Array(memory.buffer).fill(1)

self.onmessage = ({ data: times }: MessageEvent<number>) => {
  let seen = 0
  for (let i = 0; i < times; i++) seen ^= read(0, memory.buffer.byteLength)
  self.postMessage({ bytes: times * memory.buffer.byteLength, seen })
}
self.postMessage("ready")
