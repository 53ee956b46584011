import { Logits } from "../src/mod.ts"
import { law } from "../src/sampling/law.ts"
import { compare, type Timing, table } from "./table.ts"

const made = (size: number, seed: number) => {
  let x = seed
  return Float32Array.from({ length: size }, () => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0
    return (x / 2 ** 32) * 16 - 8
  })
}
const times = (n: number, f: () => unknown) => () => {
  for (let i = 0; i < n; i++) f()
  return n
}

/** Row mathematics at three vocabulary sizes. */
export const rows = async (): Promise<string> => {
  const parts: Array<string> = []
  for (const size of [4_096, 50_257, 151_936]) {
    const [a, b, c] = [made(size, 1), made(size, 2), made(size, 3)]
    const [la, lb] = [a, b].map((row) => Logits.Weighted.fromLogits(row) as Logits.Weighted.WeightedRow)
    const linear = (row: Float32Array, factor: number) => ({ factor, row: Logits.Weighted.make(row, 1) })
    const n = Math.max(3, Math.round(2_000_000 / size))
    const none = { prompt: [], completion: [] }
    const timings: ReadonlyArray<Timing> = await compare(
      [
        { name: "softmax of one row", run: times(n, () => Logits.softmax(a)) },
        {
          name: "a - 0.6 b + c (up to a constant)",
          run: times(n, () => Logits.sum([linear(a, 1), linear(b, -0.6), linear(c, 1)]))
        },
        { name: "union of two log-softmax rows", run: times(n, () => Logits.union([la!, lb!])) },
        {
          name: "topK 50 and topP 0.9 with the draw's law",
          run: times(n, () => law(a, { topK: 50, topP: 0.9 }, none))
        },
        { name: "topP 0.95 with the draw's law", run: times(n, () => law(a, { topP: 0.95 }, none)) },
        { name: "the 50 largest", run: times(n, () => Logits.largest(a, 50)) }
      ],
      5
    )
    parts.push(table(`Rows, V = ${size.toLocaleString("en")}`, "row", timings))
  }
  return parts.join("\n")
}
