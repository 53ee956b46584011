/** A piece of a protobuf message: chunks to be written one after the other. Large payloads stay where they are. */
export type Message = ReadonlyArray<Uint8Array>

const varint = (value: number): Array<number> => {
  const bytes: Array<number> = []
  let rest = BigInt.asUintN(64, BigInt(value))
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128)
    rest >>= 7n
  }
  bytes.push(Number(rest))
  return bytes
}

const key = (field: number, wire: 0 | 2 | 5): Array<number> => varint((field << 3) | wire)

/** A field that holds a whole number; negative ones as protobuf's `int64` has them. */
export const int = (field: number, value: number): Message => [Uint8Array.from([...key(field, 0), ...varint(value)])]

/** A field that holds a 32-bit float. */
export const float = (field: number, value: number): Message => {
  const bits = new Uint8Array(new Float32Array([value]).buffer)
  return [Uint8Array.from([...key(field, 5), ...bits])]
}

/** A field that holds bytes, which are not copied. */
export const bytes = (field: number, data: Uint8Array): Message => [
  Uint8Array.from([...key(field, 2), ...varint(data.byteLength)]),
  data
]

/** A field that holds text. */
export const string = (field: number, text: string): Message => bytes(field, new TextEncoder().encode(text))

/** A field that holds a message made of the given fields. */
export const message = (field: number, fields: ReadonlyArray<Message>): Message => {
  const chunks = fields.flat()
  return [Uint8Array.from([...key(field, 2), ...varint(byteLength(chunks))]), ...chunks]
}

/** The fields as one run of bytes. */
export const toBytes = (fields: ReadonlyArray<Message>): Uint8Array<ArrayBuffer> => {
  const chunks = fields.flat()
  const all = new Uint8Array(byteLength(chunks))
  let at = 0
  for (const chunk of chunks) {
    all.set(chunk, at)
    at += chunk.byteLength
  }
  return all
}

const byteLength = (chunks: Message): number => chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0)
