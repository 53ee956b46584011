/**
 * Writes whole numbers as exponential Golomb codes: `value + 2^k` in binary, after as many zeros as it has bits beyond
 * the k + 1 that it needs at least. Small numbers are short; `k` is where "small" ends. Values are less than 2^31.
 *
 * Source: Teuhola 1978, "A compression method for clustered bit-vectors".
 */
export class BitWriter {
  private bytes = new Uint8Array(1024)
  private used = 0
  private held = 0
  private free = 8

  write(value: number, k: number): void {
    const code = (value + 2 ** k) >>> 0
    const length = 32 - Math.clz32(code)
    this.push(0, length - 1 - k)
    this.push(code, length)
  }

  /** Everything written, the last byte filled up with zeros. */
  finish(): Uint8Array {
    if (this.free < 8) this.push(0, this.free)
    return this.bytes.slice(0, this.used)
  }

  private push(code: number, length: number): void {
    for (let bit = length - 1; bit >= 0; bit--) {
      this.held = (this.held << 1) | ((code >>> bit) & 1)
      if (--this.free === 0) {
        if (this.used === this.bytes.length) {
          const grown = new Uint8Array(2 * this.bytes.length)
          grown.set(this.bytes)
          this.bytes = grown
        }
        this.bytes[this.used++] = this.held
        this.held = 0
        this.free = 8
      }
    }
  }
}

/** Reads what `BitWriter` wrote, and throws where the bytes end too soon. */
export class BitReader {
  private readonly bytes: Uint8Array
  private readonly size: number
  private at = 0

  constructor(bytes: Uint8Array) {
    this.size = 8 * bytes.length
    // a number ends at most 63 bits after it begins: zeros to look ahead in, so that no read leaves the array
    this.bytes = new Uint8Array(bytes.length + 16)
    this.bytes.set(bytes)
  }

  /** Bits not read yet. */
  get left(): number {
    return this.size - this.at
  }

  read(k: number): number {
    const zeros = Math.clz32(this.peek())
    if (zeros + k > 31) throw new Error("a number in it is too large")
    this.at += zeros
    const length = zeros + k + 1
    const code = this.peek() >>> (32 - length)
    this.at += length
    if (this.at > this.size) throw new Error("it ends too soon")
    return code - 2 ** k
  }

  /** The next 32 bits; zeros beyond the end. */
  private peek(): number {
    const { at, bytes } = this
    const byte = at >>> 3
    const shift = at & 7
    const word = (bytes[byte]! << 24) | (bytes[byte + 1]! << 16) | (bytes[byte + 2]! << 8) | bytes[byte + 3]!
    return ((word << shift) | (bytes[byte + 4]! >>> (8 - shift))) >>> 0
  }
}
