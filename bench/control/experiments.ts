import { Evaluation, Interpolation } from "../../src/mod.ts"

/** Formulas that are compared: one for each value of the axis. */
export interface Experiment {
  readonly name: string
  readonly axis: Evaluation.Axis
  readonly formula: (x: number) => string
  /** The openings that are used, of all: what costs more gets fewer. */
  readonly share?: number
}

/** What was measured of an experiment, in the order of its axis; judges in the order of `attributeNames`. */
export interface Measured {
  readonly experiment: Experiment
  readonly rows: ReadonlyArray<Evaluation.SweepRow>
}

/** The attributes, and what asks for them in words: a prompt of the kind and one of its contrary. */
export const attributes = {
  sentiment: ["positive", "A positive review.", "A negative review."],
  formality: ["formal", "The following is written in a formal style.", "A comment on the internet."],
  simplicity: ["simple", "A simple story for small children.", "A formal scientific text:"],
  politeness: ["polite", "A comment that shows gratitude.", "A comment that shows annoyance."]
} as const

/** One of the attributes. */
export type Attribute = keyof typeof attributes

/** In the order of the tables. */
export const attributeNames = Object.keys(attributes) as ReadonlyArray<Attribute>

const axis = (text: string): Evaluation.Axis => {
  const read = Evaluation.parseAxis(text)
  if (read._tag === "Failure") throw read.failure
  return read.success
}

const between = (attribute: Attribute, by: number): string => {
  const [, positive, negative] = attributes[attribute]
  return `model() + ${by} * (prompt("${positive}") - prompt("${negative}"))`
}

/** Shares of sentiment, formality and simplicity in a mix. */
export const shares = [...Interpolation.simplex(3, 0.2)]

const anchors = (alpha: number) => (lambdas: ReadonlyArray<number>) =>
  `interpolate(model(), ${(["sentiment", "formality", "simplicity"] as const)
    .map((attribute, i) => `${attribute}: ${alpha} @ ${lambdas[i]!.toFixed(1)}`)
    .join(", ")})`

/** `M_neg` of the union's table: what is to be kept away from. */
const away = 'prompt("A negative review.")'

/** Formulas that keep away from bad reviews. */
export const unions = [
  "model()",
  `model() - 0.3 * ${away}`,
  `model() - 0.6 * ${away}`,
  `model() - 0.8 * union(${away}, model())`,
  `model() - 0.96 * union(${away}, model())`
]

/** Ways to one attribute: each is turned up until the text suffers. */
export const methods: ReadonlyArray<Experiment> = [
  {
    name: "prompts",
    axis: axis("x=0,0.25,0.5,1,1.5,2"),
    formula: (x) => between("sentiment", x),
    share: 1 / 3
  },
  {
    name: "adapters",
    axis: axis("x=0,0.5,1,1.5,2,3"),
    formula: (x) => `interpolate(model(), sentiment: ${x})`,
    share: 1 / 3
  },
  {
    name: "reward head",
    axis: axis("x=0,0.5,1,2,3,5"),
    formula: (x) => `model() + ${x} * scores(model("tales-sentiment-reward"))`,
    share: 1 / 3
  },
  {
    name: "classifier",
    axis: axis("x=0,1,2,4,6,8"),
    formula: (x) => `model() + ${x} * classifier("sentiment", model(), 20, label: "positive")`,
    share: 1 / 3
  }
]

/** Everything that is measured, in the order of the report. */
export const experiments: ReadonlyArray<Experiment> = [
  ...attributeNames.map((name) => ({
    name: `coefficient of ${name}`,
    axis: axis("x=-1..2:0.5"),
    formula: (x: number) => between(name, x)
  })),
  ...attributeNames.map((name) => ({
    name: `alpha of ${name}`,
    axis: axis("x=-1..2:0.5"),
    formula: (x: number) => `interpolate(model(), ${name}: ${x})`
  })),
  { name: "simplex", axis: { name: "x", points: shares.map((_, i) => i) }, formula: (x) => anchors(1)(shares[x]!) },
  { name: "union", axis: { name: "x", points: unions.map((_, i) => i) }, formula: (x) => unions[x]! },
  ...methods
]
