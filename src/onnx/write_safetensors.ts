import type { ElementType, Side } from "./graph.ts"

const types: Partial<Record<ElementType, string>> = { uint8: "U8", float32: "F32" }

/**
 * What a safetensors file has before the data of its tensors, which follow one another in their order. Tensors are
 * uint8 or float32.
 */
export const safetensorsHeader = (
  tensors: ReadonlyArray<Side>,
  metadata: Readonly<Record<string, string>>
): Uint8Array => {
  let at = 0
  const entries = tensors.map(({ data, name, shape, type }) => {
    const begin = at
    at += data.byteLength
    return [name, { dtype: types[type], shape, data_offsets: [begin, at] }] as const
  })
  const json = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) })
  const text = new TextEncoder().encode(json)
  // spaces after the JSON, so that the data begins well in memory
  const length = Math.ceil((8 + text.byteLength) / 64) * 64 - 8
  const header = new Uint8Array(8 + length).fill(32)
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true)
  header.set(text, 8)
  return header
}
