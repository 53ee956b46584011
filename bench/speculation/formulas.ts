import { Formula, type LanguageModel, type Speculation } from "../../src/mod.ts"

/** The models that the formulas are written over. */
export interface Models {
  /** The model behind every prompt: the embedded one, or its twin. Asked once for each term. */
  readonly base: () => LanguageModel.LanguageModel
  readonly ngram: LanguageModel.LanguageModel
  readonly draft: LanguageModel.LanguageModel
}

/** A formula of the table, with what others measured for it and what is asked of us. Units: calls a token. */
export interface Row {
  readonly name: string
  readonly formula: Formula.Formula
  /** The same without a draft, for contenders that do not speculate. */
  readonly plain: Formula.Formula
  readonly paper: string
  readonly original: string
  readonly bar: number
  readonly goal: number | undefined
  /** Plans to try, the first for the fewest calls. Terms: the draft is 1, M is 2, the others follow. */
  readonly plans: ReadonlyArray<Speculation.Plan>
}

/** The prompts of M and of the M_i. */
export const prompts = {
  M: "A fairy tale.",
  others: ["A ghost story.", "A detective story.", "A poem.", "A textbook.", "A pirate story."]
}

const plan = (
  order: ReadonlyArray<ReadonlyArray<number>>,
  draftLengths: ReadonlyArray<number>,
  bonus?: ReadonlyArray<boolean>
): Speculation.Plan => ({ order, draftLengths, ...(bonus && { bonus }) })

const two = [
  plan([[1], [2]], [8]),
  plan([[1], [2]], [1]),
  plan([[1], [2]], [2]),
  plan([[1], [2]], [3]),
  plan([[1], [2]], [4])
]
const three = [
  plan([[1], [2], [3]], [5, 6]),
  plan([[1], [2, 3]], [1]),
  plan([[1], [2, 3]], [2]),
  plan([[1], [2, 3]], [4]),
  plan([[2], [3]], [4])
]
const five = [
  plan([[1], [2], [4], [3, 5]], [5, 5, 10]),
  plan([[1], [2, 3, 4, 5]], [1]),
  plan([[1], [2, 3, 4, 5]], [2]),
  plan([[1], [2, 3, 4, 5]], [3]),
  plan([[1], [2, 3, 4, 5]], [5]),
  plan([[1], [2], [3, 4, 5]], [3, 4]),
  plan([[1], [2], [3, 4, 5]], [5, 6]),
  plan([[2], [3, 4, 5]], [4])
]

/** The rows of the table, over given models. */
export const rows = ({ base, draft, ngram }: Models): ReadonlyArray<Row> => {
  const A = Formula.model(ngram)
  const D = Formula.prompt(prompts.M, { model: draft })
  const M = Formula.prompt(prompts.M, { model: base() })
  const others = prompts.others.map((text) => Formula.prompt(text, { model: base() }))
  const sum = (first: Formula.Formula, weights: ReadonlyArray<number>) =>
    weights.reduce((all, weight, i) => Formula.add(all, Formula.scale(others[i]!, weight)), first)
  const four = (
    name: string,
    weights: ReadonlyArray<number>,
    told: Pick<Row, "paper" | "original" | "bar" | "goal">
  ) => [
    {
      ...told,
      name: `supersede(n-gram, M) + ${name}`,
      formula: sum(Formula.supersede(A, M), weights),
      plain: sum(M, weights),
      plans: five
    },
    {
      ...told,
      name: `supersede(draft/, M) + ${name}`,
      paper: "-",
      original: "-",
      formula: sum(Formula.supersede(D, M), weights),
      plain: sum(M, weights),
      plans: five
    }
  ]
  return [
    {
      name: "supersede(n-gram, M)",
      formula: Formula.supersede(A, M),
      plain: M,
      paper: "1 -> 0.801",
      original: "0.848",
      bar: 0.75,
      goal: undefined,
      plans: two
    },
    {
      name: "supersede(draft/, M)",
      formula: Formula.supersede(D, M),
      plain: M,
      paper: "-",
      original: "0.501",
      bar: 0.4,
      goal: 0.35,
      plans: two
    },
    ...others.map((other, i) => ({
      name: `supersede(n-gram, M) + 0.5 M_${i + 1}`,
      formula: Formula.add(Formula.supersede(A, M), Formula.scale(other, 0.5)),
      plain: Formula.add(M, Formula.scale(other, 0.5)),
      paper: "2 -> 1.035 to 1.120",
      original: "0.956 (wrong law) / 1.186",
      bar: 1.15,
      goal: 1.05,
      plans: three
    })),
    ...four("0.2 M_1 + 0.5 M_2 + 0.05 M_3", [0.2, 0.5, 0.05], {
      paper: "4 -> 1.317",
      original: "0.983 (wrong law) / 1.616",
      bar: 1.45,
      goal: 1.32
    }),
    ...four("1.0 M_1 + 0.1 M_2 + 0.4 M_3", [1, 0.1, 0.4], { paper: "4 -> 1.436", original: "-", bar: 1.55, goal: 1.44 })
  ]
}
