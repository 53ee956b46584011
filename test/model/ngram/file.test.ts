import { describe, expect, test } from "bun:test"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { BitReader, BitWriter } from "../../../src/model/ngram/bits.ts"
import { fit } from "../../../src/model/ngram/fit.ts"
import { load } from "../../../src/model/ngram/load.ts"
import { NGramError } from "../../../src/model/ngram/n_gram_error.ts"
import { probability, row } from "../../../src/model/ngram/probability.ts"
import { save } from "../../../src/model/ngram/save.ts"
import { untokenized } from "../../../src/vocabulary/vocabulary.ts"
import { contexts, corpora } from "./arbitraries.ts"

const refusal = (bytes: Uint8Array): string => {
  const error = Result.getOrThrow(Result.flip(load(bytes)))
  expect(error).toBeInstanceOf(NGramError)
  return error.message
}

/** With the checksum that belongs to the bytes. */
const sealed = (bytes: Uint8Array): Uint8Array => {
  const end = bytes.length - 4
  new DataView(bytes.buffer).setUint32(end, Bun.hash.crc32(bytes.subarray(0, end)), true)
  return bytes
}

const changed = (bytes: Uint8Array, at: number, ...values: ReadonlyArray<number>): Uint8Array => {
  const copy = bytes.slice()
  copy.set(values, at)
  return sealed(copy)
}

describe("numbers in bits", () => {
  test("0 to 4 in codes of order 0: 1, 010, 011, 00100, 00101", () => {
    const writer = new BitWriter()
    for (let value = 0; value < 5; value++) writer.write(value, 0)
    expect([...writer.finish()]).toEqual([0b10100110, 0b01000010, 0b10000000])
  })

  test("what is written is read", () =>
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(2 ** 31 - 1), fc.nat(12)), { maxLength: 2000 }), (numbers) => {
        const writer = new BitWriter()
        for (const [value, k] of numbers) writer.write(value, k)
        const reader = new BitReader(writer.finish())
        for (const [value, k] of numbers) expect(reader.read(k)).toBe(value)
        expect(reader.left).toBeLessThan(8)
        expect(() => reader.read(0)).toThrow()
      })
    ))

  test("a number that goes on beyond the bytes, or beyond 32 bits, is refused", () => {
    expect(() => new BitReader(Uint8Array.of(1)).read(0)).toThrow("it ends too soon")
    const long = Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 0, 0)
    expect(new BitReader(long).read(0)).toBe(2 ** 31 - 1)
    expect(() => new BitReader(long).read(1)).toThrow("a number in it is too large")
  })
})

describe("save and load", () => {
  test("give the same model: the same probabilities bit for bit", () =>
    fc.assert(
      fc.property(corpora, contexts, ({ options, sequences }, context) => {
        const model = fit(sequences, { ...options, fingerprint: "πλ" })
        const loaded = Result.getOrThrow(load(save(model)))
        expect(loaded).toEqual(model)
        expect(row(loaded, context)).toEqual(row(model, context))
        expect(probability(loaded, context, 0)).toBe(probability(model, context, 0))
        expect(save(loaded)).toEqual(save(model))
      }),
      { numRuns: 300 }
    ))

  test("bytes may lie inside of others", () => {
    const model = fit([[0, 1, 2]], { order: 2, vocabularySize: 3 })
    const within = new Uint8Array([9, 9, 9, ...save(model), 9]).subarray(3, -1)
    expect(Result.getOrThrow(load(within))).toEqual(model)
  })

  test("a model of another vocabulary is refused, and both are named", () => {
    const model = fit([[0, 1]], { order: 2, vocabularySize: 4, fingerprint: "one" })
    const vocabulary = { ...untokenized(4, { name: "four" }), fingerprint: "other" }
    const refused = load(save(model), { vocabulary })
    expect(Result.getOrThrow(Result.flip(refused)).message).toBe(
      "Cannot use an n-gram model of vocabulary one (4 tokens) with four, which is other (4 tokens): token ids mean different things"
    )
    expect(Result.isSuccess(load(save(model), { vocabulary: { ...vocabulary, fingerprint: "one" } }))).toBe(true)
    expect(Result.isFailure(load(save(model), { vocabulary: { ...untokenized(5), fingerprint: "one" } }))).toBe(true)
  })
})

describe("hostile files", () => {
  const model = fit([Array.from({ length: 300 }, (_, i) => (i * i + (i >> 3)) % 11)], { order: 3, vocabularySize: 11 })
  const bytes = save(model)

  test("a file cut anywhere is refused", () => {
    for (let length = 0; length < bytes.length; length++) refusal(bytes.slice(0, length))
    for (let length = 8; length < bytes.length; length++) refusal(sealed(bytes.slice(0, length)))
    refusal(Uint8Array.of(...bytes, 0))
    refusal(sealed(Uint8Array.of(...bytes, 0)))
  })

  test("a file with any bit flipped is refused", () => {
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const copy = bytes.slice()
      copy[bit >> 3]! ^= 1 << (bit & 7)
      refusal(copy)
    }
  })

  test("with a checksum that fits it is refused or a model whose laws are laws", () => {
    const check = (copy: Uint8Array) => {
      const loaded = load(sealed(copy))
      if (Result.isFailure(loaded)) return expect(loaded.failure).toBeInstanceOf(NGramError)
      if (loaded.success.vocabularySize > 1000) return
      for (const context of [[], [1], [3, 1], [0, 0]]) {
        const law = row(loaded.success, context)
        expect(Math.abs(law.reduce((sum, p) => sum + p, 0) - 1)).toBeLessThan(1e-9)
        expect(law.every((p) => p > 0)).toBe(true)
      }
    }
    for (let bit = 0; bit < 8 * (bytes.length - 4); bit++) {
      const copy = bytes.slice()
      copy[bit >> 3]! ^= 1 << (bit & 7)
      check(copy)
    }
    const change = fc.array(fc.tuple(fc.nat(bytes.length - 5), fc.nat(255)), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(change, (changes) => {
        const copy = bytes.slice()
        for (const [at, value] of changes) copy[at] = value
        check(copy)
      }),
      { numRuns: 1000 }
    )
  })

  test("any bytes behind a good header are refused or a model", () => {
    const payload = 14 + model.fingerprint.length + 24 * model.order
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 200 }), (rest) => {
        const copy = new Uint8Array(payload + rest.length)
        copy.set(bytes.subarray(0, payload))
        copy.set(rest, payload)
        const loaded = load(sealed(copy))
        if (Result.isFailure(loaded)) expect(loaded.failure).toBeInstanceOf(NGramError)
      }),
      { numRuns: 1000 }
    )
  })

  test("each refusal says what is wrong", () => {
    const discounts = 14 + model.fingerprint.length
    const nan = new Uint8Array(Float64Array.of(Number.NaN).buffer)
    const large = new Uint8Array(Float64Array.of(1.5).buffer)
    const none = new Uint8Array(Float64Array.of(0).buffer)
    expect(refusal(new Uint8Array(0))).toContain('it begins with ""')
    expect(refusal(changed(bytes, 0, 80))).toContain('it begins with "Plng"')
    expect(refusal(bytes.slice(0, 6))).toContain("it ends too soon")
    expect(refusal(changed(bytes, 4, 2))).toContain("it has version 2, not 1")
    for (const order of [0, 17, 255]) expect(refusal(changed(bytes, 5, order))).toContain(`its order is ${order}`)
    expect(refusal(changed(bytes, 6, 0, 0, 0, 0))).toContain("its vocabulary has 0 tokens")
    expect(refusal(changed(bytes, 6, 0, 0, 0, 128))).toContain("its vocabulary has 2147483648 tokens")
    expect(refusal(changed(bytes, 6, 10))).toContain("its 10 tokens")
    expect(refusal(changed(bytes, 10, 255, 255, 255, 255))).toContain("it ends too soon")
    expect(refusal(changed(bytes, 14, 255))).toContain("Cannot read")
    for (const bad of [nan, large, none]) expect(refusal(changed(bytes, discounts, ...bad))).toContain("its discounts")
    expect(refusal(Uint8Array.from(bytes, (byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte)))).toContain(
      "its checksum is wrong"
    )
    const longer = new Uint8Array(bytes.length + 1)
    longer.set(bytes.subarray(0, -4))
    expect(refusal(sealed(longer))).toContain("1 bytes are left over")
  })

  test("a file that claims more than it can hold is refused before there is room made for it", () => {
    const claim = new BitWriter()
    claim.write(2 ** 31 - 1, 0)
    const payload = claim.finish()
    const start = 14 + model.fingerprint.length + 24 * model.order
    const copy = new Uint8Array(start + payload.length + 4)
    copy.set(bytes.subarray(0, start))
    copy.set(payload, start)
    expect(refusal(sealed(copy))).toContain("it ends too soon")
    copy.fill(0, start)
    expect(refusal(sealed(copy))).toContain("a number in it is too large")
  })
})
