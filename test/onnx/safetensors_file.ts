/** A safetensors file with `header`, an object or the JSON itself, and `data`, or as many zeros. */
export const safetensors = (header: unknown, data: Uint8Array | number): Uint8Array<ArrayBuffer> => {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header))
  const bytes = typeof data === "number" ? new Uint8Array(data) : data
  const file = new Uint8Array(8 + text.byteLength + bytes.byteLength)
  new DataView(file.buffer).setBigUint64(0, BigInt(text.byteLength), true)
  file.set(text, 8)
  file.set(bytes, 8 + text.byteLength)
  return file
}
