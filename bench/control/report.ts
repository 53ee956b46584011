import { join } from "node:path"
import * as Effect from "effect/Effect"
import { Evaluation } from "../../src/mod.ts"
import { type Attribute, attributeNames, type Measured, methods, shares, unions } from "./experiments.ts"
import { crossing, line } from "./fits.ts"

/** What the tables say of their samples, and where pictures go. */
export interface ReportOptions {
  readonly openings: number
  readonly count: number
  readonly maxTokens: number
  readonly folder: string
}

type Row = Evaluation.SweepRow

const own = (row: Row, attribute: Attribute) => row.strengths[attributeNames.indexOf(attribute)]!.probability

const estimate = ({ high, low, mean }: Evaluation.Estimate): string =>
  `${mean.toFixed(3)} ± ${((high - low) / 2).toFixed(3)}`

const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n")

const mark = (name: string, row: Row, attribute: Attribute): Evaluation.Mark => {
  const { high, low, mean } = own(row, attribute)
  return { line: name, x: row.point.x!, y: mean, low, high }
}

const curve = (of: string, measured: ReadonlyArray<Measured>) => {
  const found = attributeNames.map((attribute) => ({
    attribute,
    rows: measured.find(({ experiment }) => experiment.name === `${of} of ${attribute}`)!.rows
  }))
  const cells = found.map(({ attribute, rows }) => {
    const points = rows.map((row) => [row.point.x!, own(row, attribute).mean] as const)
    const inside = line(points.filter(([x]) => x >= 0 && x <= 1))
    const whole = line(points)
    const rises = points.slice(1).filter(([, y], i) => y > points[i]![1]).length
    return [
      attribute,
      ...rows.map((row) => `${estimate(own(row, attribute))} (${row.perplexity.toFixed(0)})`),
      `${inside.slope.toFixed(3)}`,
      `${inside.r2.toFixed(2)}, ${whole.r2.toFixed(2)}`,
      `${rises} of ${points.length - 1}`
    ]
  })
  const xs = found[0]!.rows.map((row) => String(row.point.x))
  const panels: ReadonlyArray<Evaluation.Panel> = [
    {
      title: `Strength over ${of}, with 95 % interval`,
      x: of,
      y: "probability of the attribute",
      legend: null,
      marks: found.flatMap(({ attribute, rows }) => rows.map((row) => mark(attribute, row, attribute)))
    },
    {
      title: "Perplexity a token under the base",
      x: of,
      y: "perplexity",
      legend: null,
      marks: found.flatMap(({ attribute, rows }) =>
        rows.map((row) => ({ line: attribute, x: row.point.x!, y: row.perplexity }))
      )
    }
  ]
  const head = ["attribute", ...xs.map((x) => `${of} ${x}`), "slope 0 to 1", "R² 0 to 1, all", "rises"]
  return { panels, text: table(head, cells) }
}

const entanglement = (rows: ReadonlyArray<Row>): string => {
  const names = ["sentiment", "formality", "simplicity"] as const
  return table(
    ["strength of", ...names.map((name) => `per unit of lambda of ${name}`), "R² of its own"],
    names.map((attribute, i) => {
      const fits = names.map((_, j) =>
        line(rows.map((row) => [shares[row.point.x!]![j]!, own(row, attribute).mean] as const))
      )
      return [attribute, ...fits.map(({ slope }) => slope.toFixed(3)), fits[i]!.r2.toFixed(2)]
    })
  )
}

/** Bars of perplexity at which the ways to an attribute are compared, against the base's own. */
const prices = [1.1, 1.25, 1.5]

const comparison = (measured: ReadonlyArray<Measured>): string => {
  // of the classifier's, the first row is that of the base, on the same openings
  const base = measured.find(({ experiment }) => experiment.name === "classifier")!.rows[0]!.perplexity
  return table(
    ["way", ...prices.map((price) => `sentiment at ${price} of the base's perplexity`), "largest", "at perplexity"],
    methods.map(({ name }) => {
      const { rows } = measured.find(({ experiment }) => experiment.name === name)!
      const points = rows.map((row) => [row.perplexity, own(row, "sentiment").mean] as const)
      const best = rows.reduce((a, b) => (own(b, "sentiment").mean > own(a, "sentiment").mean ? b : a))
      const at = prices.map((price) => crossing(points, price * base)?.toFixed(3) ?? "not reached")
      return [name, ...at, estimate(own(best, "sentiment")), best.perplexity.toFixed(0)]
    })
  )
}

/** Tables and pictures of everything that was measured. */
export const report = async (measured: ReadonlyArray<Measured>, options: ReportOptions): Promise<string> => {
  const rowsOf = (name: string) => measured.find(({ experiment }) => experiment.name === name)!.rows
  const [coefficient, alpha] = [curve("coefficient", measured), curve("alpha", measured)]
  const ways: ReadonlyArray<Evaluation.Panel> = [
    {
      title: "Sentiment against what it costs, by way",
      asGiven: true,
      x: "perplexity under the base",
      y: "probability of positive",
      legend: null,
      marks: methods.flatMap(({ name }) =>
        rowsOf(name).map((row) => ({ ...mark(name, row, "sentiment"), x: row.perplexity }))
      )
    }
  ]
  const pictures = { coefficient: coefficient.panels, alpha: alpha.panels, methods: ways }
  for (const [name, panels] of Object.entries(pictures)) {
    await Bun.write(join(options.folder, `${name}.svg`), await Effect.runPromise(Evaluation.picture(panels)))
  }
  const image = (name: string) => `![${name}](control/results/${name}.svg)`
  return [
    `Of ${options.openings} held-out openings, of stories and of reviews (12 words; the last table goes by a third of them) ${options.count} continuations of ${options.maxTokens} tokens, T = 1, judged with their openings by attributes-judge, which learned from other texts than what steers. Strength is the mean probability of the attribute with its 95 % interval, openings taken as clusters; perplexity a token is that of the continuations under tales. Every number with its formula stands in bench/control/results.`,
    "### Strength against the coefficient: `model() + x * (prompt(kind) - prompt(contrary))`",
    coefficient.text,
    "In parentheses: perplexity.",
    image("coefficient"),
    "### Strength against alpha: `interpolate(model(), attribute: alpha)`",
    alpha.text,
    image("alpha"),
    "### Entanglement: three attributes share lambda = 1 in steps of 0.2 (21 mixes, alpha 1)",
    entanglement(rowsOf("simplex")),
    "### Keeping away from bad reviews: the union against a plain difference",
    table(
      ["formula", "positive", "perplexity", "distinct-2"],
      rowsOf("union").map((row) => [
        `\`${unions[row.point.x!]!}\``,
        estimate(own(row, "sentiment")),
        row.perplexity.toFixed(1),
        row.distinct2.toFixed(3)
      ])
    ),
    "### Ways to a positive text at the same perplexity",
    comparison(measured),
    image("methods")
  ].join("\n\n")
}
