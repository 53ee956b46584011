import { exponentialsWith } from "../src/logits/softmax.ts"
import { Logits } from "../src/mod.ts"
import { law } from "../src/sampling/law.ts"
import type { SamplingOptions } from "../src/sampling/options.ts"
import { scores } from "./scores.ts"
import { compare, type Timing, table } from "./table.ts"

const times = (n: number, f: (coin: number) => unknown) => () => {
  for (let i = 0; i < n; i++) f((i * 0.618034) % 1)
  return n
}

/** Row mathematics at three vocabulary sizes. */
export const rows = async (): Promise<string> => {
  const parts: Array<string> = []
  for (const size of [4_096, 50_257, 151_936]) {
    const models = [scores(size, 1), scores(size, 2), scores(size, 3)]
    const a = models[0]!
    const [la, lb] = models.map((row) => Logits.Weighted.fromLogits(row) as Logits.Weighted.WeightedRow)
    const coefficients = [1, -0.6, 1]
    const terms = models.map((row, i) => ({ factor: coefficients[i]!, row: Logits.Weighted.make(row, 1) }))
    const n = Math.max(3, Math.round(2_000_000 / size))
    const none = { prompt: [], completion: [] }
    const drawn = (row: Logits.Weighted.WeightedRow, options: SamplingOptions, coin: number) => {
      const out = law(Logits.Weighted.divide(row) as Logits.Row, options, none)
      return "probs" in out ? Logits.draw(out.probs, coin) : 0
    }
    const linear = (options: SamplingOptions) => (coin: number) =>
      drawn(Logits.sum(terms) as Logits.Weighted.WeightedRow, options, coin)
    const byLoops = (coin: number) => {
      const total = Logits.sum(terms) as Logits.Weighted.WeightedRow
      const out = exponentialsWith(undefined, Logits.Weighted.divide(total) as Logits.Row, 1)
      return "probs" in out ? Logits.draw(out.probs, coin) : 0
    }
    const one = Logits.Weighted.make(a, 1)
    const timings: ReadonlyArray<Timing> = await compare(
      [
        { name: "a - 0.6 b + c, from three rows to a drawn token", run: times(n, linear({})) },
        { name: "the same by plain loops", run: times(n, byLoops) },
        { name: "the same, topP 0.9, temperature 0.8", run: times(n, linear({ topP: 0.9, temperature: 0.8 })) },
        { name: "a - 0.6 b + c alone", run: times(n, () => Logits.sum(terms)) },
        { name: "softmax of one row", run: times(n, () => Logits.softmax(a)) },
        { name: "the same by plain loops", run: times(n, () => exponentialsWith(undefined, a, 1)) },
        { name: "union of two log-softmax rows", run: times(n, () => Logits.union([la!, lb!])) },
        { name: "one row to a drawn token, topK 50", run: times(n, (coin) => drawn(one, { topK: 50 }, coin)) },
        { name: "one row to a drawn token, topP 0.95", run: times(n, (coin) => drawn(one, { topP: 0.95 }, coin)) },
        {
          name: "one row to a drawn token, typicalP 0.95",
          run: times(n, (coin) => drawn(one, { typicalP: 0.95 }, coin))
        },
        { name: "the 50 largest", run: times(n, () => Logits.largest(a, 50)) }
      ],
      5
    )
    parts.push(table(`Rows, V = ${size.toLocaleString("en")}`, "row", timings))
  }
  return parts.join("\n")
}
