import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Formula, LanguageModel, LogitStream } from "polylogit"
import type { Truncation } from "../../src/logits/truncation.ts"
import { everywhere, mixedModel } from "./mixed_model.ts"

/** One term, as a formula and as the stream of its weighted rows. */
export interface Side {
  readonly formula: Formula.Formula
  readonly rows: LogitStream.LogitStream<unknown>
}

/** Where a leaf's rows come from: as a formula, and as the logits after each context. */
export interface Source {
  readonly formula: Formula.Formula
  readonly logits: Stream.Stream<Float32Array, unknown>
  readonly contexts: Stream.Stream<LanguageModel.Context.Context>
  readonly vocabularySize: number
}

/** What an operator claims of itself; `operators.test.ts` says each claim as an equation. */
export type Claim =
  | "commutative"
  | "associative"
  | "idempotent"
  | "zeroIsUnit"
  | "additive"
  | "homogeneous"
  | "scaleFree"
  | "keepsWeight"
  | "weightOne"
  | "weightZero"

/** One operator in both worlds. */
export interface Operator {
  readonly name: string
  /** The tags of its node, coefficient and mask rule. */
  readonly tags: ReadonlyArray<string>
  /** Its name in `LogitStream`. */
  readonly lifted: string
  readonly arity: 0 | 1 | 2
  readonly claims: ReadonlyArray<Claim>
  /** What it is while an operand is pending. */
  readonly pending: "left out" | "draft" | "pending"
  readonly build: (operands: ReadonlyArray<Side>, source: Source) => Side
}

type Rows = LogitStream.LogitStream<unknown>

const unary = (
  formula: (of: Formula.Formula) => Formula.Formula,
  rows: (of: Rows) => Rows,
  row: Omit<Operator, "arity" | "pending" | "build">
): Operator => ({
  ...row,
  arity: 1,
  pending: "pending",
  build: ([of]) => ({ formula: formula(of!.formula), rows: rows(of!.rows) })
})

const binary = (
  formula: (a: Formula.Formula, b: Formula.Formula) => Formula.Formula,
  rows: (a: Rows, b: Rows) => Rows,
  row: Omit<Operator, "arity" | "build">
): Operator => ({
  ...row,
  arity: 2,
  build: ([a, b]) => ({ formula: formula(a!.formula, b!.formula), rows: rows(a!.rows, b!.rows) })
})

const leaf = (
  formula: (source: Source) => Formula.Formula,
  rows: (source: Source) => Rows,
  row: Omit<Operator, "arity" | "pending" | "build">
): Operator => ({
  ...row,
  arity: 0,
  pending: "pending",
  build: (_, source) => ({ formula: formula(source), rows: rows(source) })
})

const scaled = (
  name: string,
  tag: string,
  by: Formula.Coefficient | number,
  factor: Float64Array | number | ((position: number) => number)
): Operator =>
  unary(Formula.scale(by), LogitStream.scale(factor), {
    name: `scale by ${name}`,
    tags: ["Scale", tag],
    lifted: "scale",
    claims: ["additive", "homogeneous"]
  })

const masked = (
  tag: string,
  formula: (of: Formula.Formula) => Formula.Formula,
  rules: Truncation,
  claims: ReadonlyArray<Claim> = []
): Operator =>
  unary(formula, LogitStream.mask(rules), {
    name: tag,
    tags: ["Mask", tag],
    lifted: "mask",
    claims: ["homogeneous", "keepsWeight", ...claims]
  })

/** A classifier of token lists that a person can compute: the logits of a text are its length and its sum, a third. */
const lengthOrSum = LanguageModel.makeClassifier({
  name: "lengthOrSum",
  labels: ["length", "sum"],
  run: (texts) => Effect.succeed(texts.map((text) => lengthAndSum(text as ReadonlyArray<number>)))
})
const lengthAndSum = (text: ReadonlyArray<number>) =>
  Float32Array.of(text.length / 3, text.reduce((sum, token) => sum + token, 0) / 3)

/** What it adds for the label "sum" to the two likeliest tokens of a law. */
const classified = (law: ReadonlyArray<number>, text: ReadonlyArray<number>): Float64Array => {
  const sum = (tokens: ReadonlyArray<number>) => LanguageModel.logProbabilities(lengthOrSum, lengthAndSum(tokens))[1]!
  const likeliest = [...law.keys()].sort((a, b) => law[b]! - law[a]! || a - b).slice(0, 2)
  return Float64Array.from(law, (x, token) =>
    likeliest.includes(token) && x > Number.NEGATIVE_INFINITY ? sum([...text, token]) - sum(text) : 0
  )
}

/** Rows by the last token, and adapters that each move two tokens. */
const moody = mixedModel(
  [
    [0, 1, 2, 3],
    [2, 0, -1, 1],
    [1, 1, 0, 0.5],
    [-2, 0, 2, 0]
  ],
  { "mood+": everywhere([1, 0, -2, 0]), "mood-": everywhere([0, 2, 0, -1]) }
)
/** Its logits with 1.5 of one adapter and -0.5 of the other. */
const mooded = ({ completion, prompt }: LanguageModel.Context.Context) => {
  const { row } = moody
  const base = row([...(prompt as ReadonlyArray<number>), ...completion].at(-1)!)
  return Float32Array.of(base[0]! + 1.5, base[1]! - 1, base[2]! - 3, base[3]! + 0.5)
}

const fixed = [0.5, -1, 2, 0]
const tokens = [0.5, 2, 1, 3]
const halve = (scores: Float64Array) => scores.map((x) => x / 2)
const sum: ReadonlyArray<Claim> = ["commutative", "associative", "zeroIsUnit", "homogeneous"]
const choice: ReadonlyArray<Claim> = ["commutative", "associative", "idempotent", "homogeneous"]

/** Every operator on four tokens: what is added here runs in every harness. */
export const operators: ReadonlyArray<Operator> = [
  leaf(
    (source) => source.formula,
    (source) => LogitStream.fromLogits(source.logits),
    { name: "model", tags: ["Model"], lifted: "fromLogits", claims: ["weightOne"] }
  ),
  leaf(
    () => Formula.interpolate(Formula.model(moody.model), { mood: 1.5 }),
    ({ contexts }) => LogitStream.fromLogits(Stream.map(contexts, mooded)),
    { name: "interpolate", tags: ["Model"], lifted: "fromLogits", claims: ["weightOne"] }
  ),
  leaf(
    () => Formula.row(fixed),
    (source) => LogitStream.fromLogits(Stream.map(source.logits, () => Float64Array.from(fixed))),
    { name: "row", tags: ["Row"], lifted: "fromLogits", claims: ["weightOne"] }
  ),
  leaf(
    () => Formula.stream("own", (contexts) => Stream.map(contexts, () => Float32Array.from(fixed))),
    (source) => LogitStream.fromLogits(Stream.map(source.logits, () => Float32Array.from(fixed))),
    { name: "stream", tags: ["Stream"], lifted: "fromLogits", claims: ["weightOne"] }
  ),
  leaf(
    (source) => Formula.scores(source.formula),
    (source) => LogitStream.scores(source.logits),
    { name: "scores", tags: ["Scores"], lifted: "scores", claims: ["weightZero"] }
  ),
  leaf(
    () => Formula.uniform(),
    (source) => LogitStream.uniform(source.vocabularySize),
    { name: "uniform", tags: ["Uniform"], lifted: "uniform", claims: ["weightOne"] }
  ),
  binary(
    (a, b) => Formula.add(a, b),
    (a, b) => LogitStream.add(a, b),
    {
      name: "add",
      tags: ["Sum"],
      lifted: "add",
      claims: sum,
      pending: "left out"
    }
  ),
  binary(
    (a, b) => Formula.subtract(a, b),
    (a, b) => LogitStream.subtract(a, b),
    {
      name: "subtract",
      tags: ["Sum", "Scale"],
      lifted: "subtract",
      claims: ["zeroIsUnit", "homogeneous"],
      pending: "left out"
    }
  ),
  scaled("a number", "Number", 2.5, 2.5),
  scaled("a negative number", "Number", -0.75, -0.75),
  scaled("a line", "Linear", Formula.linear(1, 3, 2), (position) => Math.min(1 + position, 3)),
  scaled("steps", "Steps", Formula.steps(1, [[2, 0.25]]), (position) => (position < 2 ? 1 : 0.25)),
  scaled("token weights", "TokenWeights", Formula.tokenWeights(tokens), Float64Array.from(tokens)),
  binary((of, self) => Formula.scale(self, Formula.indicator(of)), LogitStream.indicator, {
    name: "scale by an indicator",
    tags: ["Scale", "Indicator"],
    lifted: "indicator",
    claims: [],
    pending: "pending"
  }),
  binary(
    (a, b) => Formula.union(a, b),
    (a, b) => LogitStream.union(a, b),
    {
      name: "union",
      tags: ["Union"],
      lifted: "union",
      claims: choice,
      pending: "pending"
    }
  ),
  binary(
    (a, b) => Formula.intersection(a, b),
    (a, b) => LogitStream.intersection(a, b),
    {
      name: "intersection",
      tags: ["Intersection"],
      lifted: "intersection",
      claims: choice,
      pending: "pending"
    }
  ),
  binary(
    (a, b) => Formula.supersede(a, b),
    (a, b) => LogitStream.supersede(a, b),
    {
      name: "supersede",
      tags: ["Supersede"],
      lifted: "supersede",
      claims: ["associative", "idempotent", "homogeneous"],
      pending: "draft"
    }
  ),
  binary(
    (of, against) => Formula.selfDebias(of, against, 7),
    (of, against) => LogitStream.selfDebias(of, against, 7),
    {
      name: "selfDebias",
      tags: ["SelfDebias"],
      lifted: "selfDebias",
      claims: ["scaleFree", "weightOne"],
      pending: "pending"
    }
  ),
  {
    name: "classifier",
    tags: ["Classifier"],
    lifted: "scores",
    arity: 1,
    claims: ["scaleFree", "weightZero"],
    pending: "pending",
    build: ([over], { contexts }) => ({
      formula: Formula.classifier(lengthOrSum, { over: over!.formula, label: "sum", topK: 2 }),
      rows: LogitStream.scores(
        Stream.zipWith(LogitStream.normalize(over!.rows), contexts, (row, { completion, prompt }) => {
          const law = row._tag === "Pending" ? [] : Array.from(row.scores)
          return classified(law, [...(prompt as ReadonlyArray<number>), ...completion])
        })
      )
    })
  },
  unary(Formula.normalize, LogitStream.normalize, {
    name: "normalize",
    tags: ["Normalize"],
    lifted: "normalize",
    claims: ["idempotent", "scaleFree", "weightOne"]
  }),
  masked("topK", Formula.topK(2), { topK: 2 }, ["idempotent"]),
  masked("topP", Formula.topP(0.6), { topP: 0.6 }),
  masked("minP", Formula.minP(0.3), { minP: 0.3 }, ["idempotent"]),
  masked("plausible", Formula.plausible(0.2), { minP: 0.2 }, ["idempotent"]),
  masked("truncate", Formula.truncate(3, 0.8, 1.5), { topK: 3, topP: 0.8, temperature: 1.5 }),
  unary(
    (of) => Formula.map(of, "halve", halve),
    (of) => LogitStream.map(of, halve),
    { name: "map", tags: ["Map"], lifted: "map", claims: ["additive", "keepsWeight"] }
  )
]
