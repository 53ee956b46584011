import { describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as fc from "fast-check"
import { Formula, LanguageModel, Vocabulary } from "polylogit"
import * as Testing from "polylogit/testing"
import { classifiedTexts } from "../../src/formula/classified_texts.ts"
import { classifierMemory } from "../../src/formula/classifier_memory.ts"
import type { TextClassifier } from "../../src/model/text_classifier.ts"
import { logits } from "../support/arbitraries.ts"
import { letters, reading } from "../support/reading.ts"
import { distance } from "../support/rows.ts"

const run = Effect.runPromise
type Text = ReadonlyArray<number>
type Term = Formula.Formula

/** A classifier of token lists from a function, and what each of its runs was asked. */
const classifierOf = (
  labels: ReadonlyArray<string>,
  row: (text: Text) => ReadonlyArray<number>,
  probabilities: TextClassifier["probabilities"] = "softmax"
) => {
  const runs: Array<ReadonlyArray<Text>> = []
  const classifier = LanguageModel.makeClassifier({
    name: "own",
    labels,
    probabilities,
    run: (texts) => {
      runs.push(texts as ReadonlyArray<Text>)
      return Effect.succeed(texts.map((text) => Float32Array.from(row(text as Text))))
    }
  })
  return { classifier, runs }
}

/** The law after a prompt and a completion, as probabilities. */
const lawOf = async (formula: Term, prompt: Text, completion: Text = []): Promise<ReadonlyArray<number>> => {
  const [row] = await run(
    Stream.runCollect(Formula.logits(formula)(Stream.make({ prompt: [...prompt], completion: [...completion] })))
  )
  return Array.from(row!, Math.exp)
}

const normalized = (weights: ReadonlyArray<number>) => {
  const sum = weights.reduce((a, b) => a + b, 0)
  return weights.map((x) => x / sum)
}
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))

test("four tokens by hand: the likeliest two are classified, the others keep their score", async () => {
  // after token 0 the model says 0.1, 0.2, 0.3, 0.4; the label "b" has the odds of the text's last token
  const model = LanguageModel.table([[0.1, 0.2, 0.3, 0.4].map(Math.log), [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]])
  const { classifier } = classifierOf(["a", "b"], (text) => [0, text.at(-1)! - 1])
  const b = (text: Text) => sigmoid(text.at(-1)! - 1)
  const term = (options: object) => Formula.classifier(classifier, { label: "b", topK: 2, ...options })
  const formula = Formula.add(Formula.model(model), term({}))
  const ratio = (token: number) => b([0, token]) / b([0])
  expect(distance(await lawOf(formula, [0]), normalized([0.1, 0.2, 0.3 * ratio(2), 0.4 * ratio(3)]))).toBeLessThan(1e-6)
  const stronger = Formula.add(Formula.model(model), Formula.scale(term({ topK: 3 }), -2))
  const wanted = normalized([0.1, 0.2 / ratio(1) ** 2, 0.3 / ratio(2) ** 2, 0.4 / ratio(3) ** 2])
  expect(distance(await lawOf(stronger, [0]), wanted)).toBeLessThan(1e-6)
  const contrary = (token: number) => (1 - b([0, token])) / (1 - b([0]))
  const minimized = Formula.add(Formula.model(model), term({ goal: "minimize", topK: 1 }))
  expect(distance(await lawOf(minimized, [0]), normalized([0.1, 0.2, 0.3, 0.4 * contrary(3)]))).toBeLessThan(1e-6)
})

test("of labels that hold each for itself the sigmoid counts, and of one label its contrary", async () => {
  const model = LanguageModel.uniform(3)
  for (const labels of [["x", "y"], ["x"]]) {
    const { classifier } = classifierOf(labels, (text) => labels.map(() => text.at(-1)! - 1), "sigmoid")
    const law = (goal: "maximize" | "minimize") =>
      lawOf(
        Formula.add(
          Formula.model(model),
          Formula.classifier(classifier, { goal, ...(labels.length > 1 && { label: "x" }) })
        ),
        [0]
      )
    const odds = [-1, 0, 1]
    expect(distance(await law("maximize"), normalized(odds.map(sigmoid)))).toBeLessThan(1e-6)
    expect(distance(await law("minimize"), normalized(odds.map((x) => sigmoid(-x))))).toBeLessThan(1e-6)
  }
})

test("two terms, each with its own label; one over another, which comes first", async () => {
  const model = LanguageModel.table([[0.2, 0.3, 0.5].map(Math.log), [0, 0, 0], [0, 0, 0]])
  const { classifier } = classifierOf(["a", "b", "c"], (text) => [text.at(-1)!, 2 * text.at(-1)!, 0])
  const p = (token: number, label: number) => normalized([token, 2 * token, 0].map(Math.exp))[label]!
  const term = (label: string, topK: number, over?: Term) =>
    Formula.classifier(classifier, { label, topK, ...(over && { over }) })
  const sum = Formula.add(Formula.add(Formula.model(model), term("a", 3)), Formula.scale(term("c", 3), 2))
  const product = [0.2, 0.3, 0.5].map((x, token) => x * (p(token, 0) / p(0, 0)) * (p(token, 2) / p(0, 2)) ** 2)
  expect(distance(await lawOf(sum, [0]), normalized(product))).toBeLessThan(1e-6)

  // token 2 is the likeliest, but with "c" three times token 0, which "c" thinks of what it thought before
  const inner = Formula.add(Formula.model(model), Formula.scale(term("c", 3), 3))
  const nested = (over: Term) => Formula.add(Formula.model(model), Formula.scale(term("c", 1, over), 5))
  expect(distance(await lawOf(nested(inner), [0]), [0.2, 0.3, 0.5])).toBeLessThan(1e-6)
  const flat = normalized([0.2, 0.3, 0.5 * (p(2, 2) / p(0, 2)) ** 5])
  expect(distance(await lawOf(nested(Formula.model(model)), [0]), flat)).toBeLessThan(1e-6)
})

/** Two writers of three tokens, and the chance that the first of them wrote a text, by all its tokens. */
const writers = fc.tuple(...Array.from({ length: 2 }, () => fc.array(logits(3, 2), { minLength: 3, maxLength: 3 })))
const lawsOf = (rows: ReadonlyArray<ArrayLike<number>>) => rows.map((row) => normalized(Array.from(row, Math.exp)))
const likelihood = (laws: ReadonlyArray<ReadonlyArray<number>>, text: Text) =>
  text.slice(1).reduce((product, token, i) => product * laws[text[i]!]![token]!, 1)

test("Bayes: what two writers write together, and who of them wrote it, give back what one of them writes", () =>
  fc.assert(
    fc.asyncProperty(writers, fc.array(fc.nat(2), { maxLength: 3 }), async ([rows1, rows2], completion) => {
      const [one, two] = [lawsOf(rows1!), lawsOf(rows2!)]
      const mixture = LanguageModel.fromFunction(3, (text) => {
        const [a, b] = [likelihood(one, text), likelihood(two, text)]
        return one[text.at(-1)!]!.map((p, token) => Math.log((a * p + b * two[text.at(-1)!]![token]!) / (a + b)))
      })
      const { classifier } = classifierOf(["one", "two"], (text) => [
        Math.log(likelihood(one, text)),
        Math.log(likelihood(two, text))
      ])
      const given = (label: string, goal: "maximize" | "minimize") =>
        lawOf(Formula.add(Formula.model(mixture), Formula.classifier(classifier, { label, goal })), [0], completion)
      const last = completion.at(-1) ?? 0
      expect(distance(await given("one", "maximize"), one[last]!)).toBeLessThan(1e-5)
      expect(distance(await given("one", "minimize"), two[last]!)).toBeLessThan(1e-5)
      expect(distance(await given("two", "maximize"), two[last]!)).toBeLessThan(1e-5)
    })
  ))

test("the laws of operators hold for a term with a classifier, also under speculation", () => {
  const { classifier } = classifierOf(["a", "b"], (text) => [text.length / 3, text.reduce((sum, x) => sum + x, 0) / 2])
  const of = (a: Term) => Formula.classifier(classifier, { over: a, label: "b", topK: 2 })
  const strong = { name: "kept kind", arity: 1, formula: (a: Term) => Formula.add(a, Formula.scale(of(a), 2)) }
  const two = {
    name: "one over another",
    arity: 2,
    formula: (a: Term, b: Term) => {
      const inner = Formula.add(b, of(b))
      const outer = Formula.classifier(classifier, { over: inner, label: "a", topK: 1, goal: "minimize" })
      return Formula.add(a, outer)
    }
  }
  const open = {
    name: "over the rest of its sum",
    arity: 2,
    formula: (a: Term, b: Term) =>
      Formula.add(Formula.add(a, Formula.scale(Formula.classifier(classifier, { label: "b", topK: 1 }), -0.5)), b)
  }
  return run(
    Effect.forEach([strong, two, open], (one) =>
      Testing.laws.operator(one, { numRuns: 12, impossible: one === strong })
    )
  )
}, 60_000)

describe("what a term is over", () => {
  const { classifier } = classifierOf(["a", "b"], (text) => [0, text.at(-1)!])
  const [x, y] = [Formula.row([0, 1, 2], { name: "x" }), Formula.row([2, 0, 0.5], { name: "y" })]
  const term = (over?: Term) => Formula.classifier(classifier, { label: "b", topK: 1, ...(over && { over }) })
  const scores = async (formula: Term) => {
    const rows = Formula.weighted(formula, { vocabularySize: 3 })(Stream.make({ prompt: [0], completion: [] }))
    const [row] = await run(Stream.runCollect(rows))
    return row!._tag === "Pending" ? [] : Array.from(row!.scores)
  }

  test("where it does not say, the other terms of its sum, scaled or not", async () => {
    const sum = Formula.subtract(Formula.scale(x, 2), y)
    expect(await scores(Formula.add(sum, term()))).toEqual(await scores(Formula.add(sum, term(sum))))
    expect(await scores(Formula.add(Formula.scale(term(), 3), x))).toEqual(
      await scores(Formula.add(Formula.scale(term(x), 3), x))
    )
    // two open terms are both over the rest
    const both = Formula.add(Formula.add(y, term()), Formula.scale(term(), -0.5))
    expect(await scores(both)).toEqual(await scores(Formula.add(Formula.add(y, term(y)), Formula.scale(term(y), -0.5))))
    // what another sum holds is not beside it
    const inner = Formula.union(Formula.add(x, term()), y)
    expect(await scores(Formula.add(inner, y))).toEqual(
      await scores(Formula.add(Formula.union(Formula.add(x, term(x)), y), y))
    )
  })

  test("the laws differ by it", async () => {
    expect(await scores(Formula.add(x, term(x)))).not.toEqual(await scores(Formula.add(x, term(y))))
  })

  test("a formula without anything beside it is refused", () => {
    for (const formula of [term(), Formula.scale(term(), 2), Formula.add(term(), term()), Formula.union(x, term())]) {
      const checked = Formula.check(formula)
      expect(Result.isFailure(checked) && checked.failure.message).toStartWith(
        'Cannot tell which continuations to classify: no other term stands beside it, and it has no "over": classifier(<own>'
      )
    }
  })

  test("it has weight 0, and a sum of nothing else has no law", () => {
    const checked = Formula.check(term(x))
    expect(Result.isFailure(checked) && checked.failure.message).toStartWith(
      "Cannot normalize a formula whose total weight is not positive: it is 0"
    )
    expect(Formula.weightBounds(Formula.add(x, Formula.scale(term(), 7)))).toEqual([1, 1])
    const nothing = Formula.check(Formula.add(x, term(Formula.subtract(y, y))))
    expect(Result.isFailure(nothing)).toBe(true)
  })
})

describe("how often a classifier is asked", () => {
  const model = LanguageModel.table([
    [0, 1, 2, 3],
    [3, 2, 1, 0],
    [0, 0, 5, 1],
    [1, 2, 0, 0]
  ])
  const own = () => classifierOf(["a", "b"], (text) => [0, text.at(-1)!])
  const asked = async (formula: Term, completion: Text, from: number) => {
    const prepared = await run(Formula.prepare(formula))
    const rows = (upTo: number, at: number) =>
      run(prepared.rows({ prompt: [0], completion: completion.slice(0, upTo) }, at))
    await rows(completion.length, from)
    return rows
  }

  test("once for all positions and all terms, each text once", async () => {
    const { classifier, runs } = own()
    const term = (label: string, topK: number) => Formula.classifier(classifier, { label, topK })
    const formula = Formula.add(Formula.add(Formula.model(model), term("a", 2)), term("b", 1))
    await asked(formula, [3, 1], 0)
    expect(runs.length).toBe(1)
    const sorted = [...runs[0]!].map(String)
    expect(new Set(sorted).size).toBe(9 - 2)
  })

  test("never about a token that is impossible", async () => {
    const { classifier, runs } = own()
    const over = Formula.topK(Formula.model(model), 1)
    await asked(Formula.add(over, Formula.classifier(classifier, { label: "b", topK: 3 })), [], 0)
    expect(runs).toEqual([[[0], [0, 3]]])
  })

  test("again about a text that was not asked about for longest, where there are too many", async () => {
    const { classifier, runs } = own()
    const classify = classifierMemory(2)
    for (const texts of [[[1], [2]], [[1]], [[3]], [[1]], [[2]]]) await run(classify(classifier, texts))
    expect(runs).toEqual([[[1], [2]], [[3]], [[2]]])
  })

  test("a text that was asked about before is not asked about again", async () => {
    const { classifier, runs } = own()
    const formula = Formula.add(Formula.model(model), Formula.classifier(classifier, { label: "b", topK: 2 }))
    const rows = await asked(formula, [], 0)
    expect(runs).toEqual([[[0], [0, 3], [0, 2]]])
    await rows(0, 0)
    expect(runs.length).toBe(1)
  })
})

describe("the text that is classified", () => {
  const model = LanguageModel.fromFunction(letters, () => [0, 3, 2, 1])
  const texts = async (prompt: LanguageModel.Prompt, completion: Text, template?: string) => {
    const { classifier, read } = reading()
    const term = Formula.classifier(classifier, { topK: 2, ...(template !== undefined && { template }) })
    const formula = Formula.add(Formula.scores(Formula.model(model)), Formula.add(Formula.row([0, 3, 2, 1]), term))
    await run(Stream.runDrain(Formula.logits(formula)(Stream.make({ prompt, completion: [...completion] }))))
    return read
  }

  test("is the prompt and the completion, decoded", async () => {
    expect(await texts("ab", [])).toEqual(["ab", "aba", "abb"])
    expect(await texts([1, 2], [3])).toEqual(["abc", "abca", "abcb"])
    expect(await texts("c", [3, 1])).toEqual(["cca", "ccaa", "ccab"])
    expect(await texts([0, 1], [])).toEqual(["a", "aa", "ab"])
  })

  test("of a conversation is the answer alone", () => {
    const prompt = [{ role: "user", content: "ab" }] as const
    const texts = classifiedTexts(letters, { prompt, completion: [1, 2] }, 1)
    expect(texts.map(({ after, before }) => [before, after(3)])).toEqual([
      ["a", "ac"],
      ["ab", "abc"]
    ])
  })

  test("shows half a character as what it is so far", async () => {
    const half = Result.getOrThrow(
      Vocabulary.fromFiles({
        name: "half",
        tokenizerJson: {
          model: { type: "BPE", vocab: { Ã: 0, "©": 1, "!": 2 }, merges: [] },
          decoder: { type: "ByteLevel" }
        }
      })
    )
    const { classifier, read } = reading()
    const model = LanguageModel.fromFunction(half, () => [3, 2, 1])
    const formula = Formula.add(Formula.model(model), Formula.classifier(classifier, { topK: 2 }))
    await run(Stream.runDrain(Formula.logits(formula)(Stream.make({ prompt: [2], completion: [0] }))))
    expect(read).toEqual(["!\uFFFD", "!\uFFFD\uFFFD", "!é"])
  })

  test("stands in a template as it is", async () => {
    expect(await texts("a", [], "Is {text} kind? {text}")).toEqual(["Is a kind? a", "Is aa kind? aa", "Is ab kind? ab"])
    expect(await texts("$&", [], "{text}!")).toContain("$&!")
  })
})

describe("what cannot be asked is refused", () => {
  const model = Formula.model(
    LanguageModel.table(
      [
        [0, 1],
        [2, 3]
      ],
      { name: "two" }
    )
  )
  const { classifier } = classifierOf(["kind", "cruel"], () => [0, 0])
  const single = classifierOf(["only"], () => [0]).classifier
  const refusal = async (formula: Formula.Formula<unknown>) => {
    const error = await run(Effect.flip(Formula.prepare(formula as Term)))
    return `${error._tag}: ${error.message}`
  }

  const cases: ReadonlyArray<readonly [string, Formula.Formula<unknown>, string]> = [
    [
      "a label that it has not",
      Formula.classifier(classifier, { label: "kin" }),
      "Cannot find the label kin of own: it has kind, cruel"
    ],
    ["no label of several", Formula.classifier(classifier), "Cannot choose a label of own: it has kind, cruel"],
    [
      "the contrary of the only label",
      Formula.classifier(single, { goal: "minimize" }),
      "Cannot minimize the only label of own"
    ],
    [
      "more tokens than there are",
      Formula.classifier(single, { topK: 3 }),
      "Cannot classify the 3 likeliest tokens of untokenized: there are 2"
    ],
    [
      "no tokens",
      Formula.classifier(single, { topK: 0 }),
      "Cannot classify the 0 likeliest tokens: a whole number above 0"
    ],
    ["half a token", Formula.classifier(single, { topK: 1.5 }), "Cannot classify the 1.5 likeliest tokens"],
    [
      "a template without the text",
      Formula.classifier(single, { template: "kind?" }),
      "Cannot use a template without {text}"
    ],
    [
      "a template for tokens",
      Formula.classifier(single, { template: "{text}" }),
      "Cannot use a template with untokenized: it has no tokenizer"
    ],
    [
      "a name that nobody knows",
      Formula.classifier("kindness"),
      'Cannot find the classifier "kindness": no classifiers were provided'
    ]
  ]
  for (const [name, term, expected] of cases) {
    test(name, async () => expect(await refusal(Formula.add(model, term))).toStartWith(`FormulaError: ${expected}`))
  }

  test("a name that is none of those provided", async () => {
    const prepared = Formula.prepare(Formula.add(model, Formula.classifier("kindness", { label: "kind" })))
    const provided = Effect.provide(prepared, LanguageModel.layerOfClassifiers({ tone: classifier }))
    const error = await run(Effect.flip(provided))
    expect(`${error._tag}: ${error.message}`).toBe(
      'ModelLoadError: Cannot find a classifier named "kindness": there are tone'
    )
  })

  test("a classifier that fails fails the row, with its own error", async () => {
    const failing = LanguageModel.makeClassifier({
      name: "failing",
      labels: ["a"],
      run: () => Effect.fail(new LanguageModel.ModelError({ model: "failing", message: "no" }))
    })
    const rows = Formula.logits(Formula.add(model, Formula.classifier(failing)))(
      Stream.make({ prompt: [0], completion: [] })
    )
    expect((await run(Effect.flip(Stream.runCollect(rows)))).message).toBe("no")
  })
})

test("a classifier by name, from text and from JSON", async () => {
  const text =
    'model("two") + 2 * classifier("tone", over: model("two"), label: "kind", topK: 1, goal: "minimize") - classifier("tone", label: "kind", template: "{text}!")'
  const formula = Formula.parseUnsafe(text)
  expect(Formula.print(formula)).toBe(text)
  const json = Result.getOrThrow(Formula.toJson(formula))
  expect(Formula.equals(Result.getOrThrow(Formula.fromJson(JSON.parse(JSON.stringify(json)))), formula)).toBe(true)

  const { classifier } = classifierOf(["kind", "cruel"], (one) => [one.at(-1)!, 0])
  const model = LanguageModel.table([
    [0, 1],
    [2, 3]
  ])
  const named = Formula.parseUnsafe('model("two") + 2 * classifier("tone", label: "kind")')
  const law = Stream.runCollect(Formula.logits(named)(Stream.make({ prompt: [0], completion: [] }))).pipe(
    Effect.provide([LanguageModel.layerOf({ two: model }), LanguageModel.layerOfClassifiers({ tone: classifier })])
  )
  const [row] = await run(law)
  const own = Formula.add(Formula.model(model), Formula.scale(Formula.classifier(classifier, { label: "kind" }), 2))
  expect(Array.from(row!, Math.exp)).toEqual([...(await lawOf(own, [0]))])
})

test("terms are equal only where all that is said of them is", () => {
  const { classifier } = classifierOf(["a", "b"], () => [0, 0])
  const said = { label: "a", topK: 2, goal: "minimize", template: "{text}", over: Formula.uniform() } as const
  const whole = Formula.classifier(classifier, said)
  expect(Formula.equals(whole, Formula.classifier(classifier, { ...said }))).toBe(true)
  for (const key of Object.keys(said)) {
    const { [key as keyof typeof said]: _, ...less } = said
    expect(Formula.equals(whole, Formula.classifier(classifier, less))).toBe(false)
  }
  expect(Formula.equals(whole, Formula.classifier(classifierOf(["a"], () => [0]).classifier, said))).toBe(false)
  expect(Formula.equals(Formula.classifier("x"), Formula.classifier("y"))).toBe(false)
})

test("a name that stands for a classifier may stand for it in others", () => {
  const texts = [
    'tone = classifier("tone", label: "kind") model() + 2 * classifier(tone, over: model("a"), topK: 5)',
    'tone = classifier("tone", label: "kind") model() + 2 * classifier(tone, model("a"), 5)',
    'model() + 2 * classifier("tone", over: model("a"), label: "kind", topK: 5)'
  ]
  const [first, ...others] = texts.map((text) => Formula.parseUnsafe(text))
  for (const other of others) expect(Formula.equals(first!, other)).toBe(true)
})

test("what is no part of a classifier's text or JSON is refused", () => {
  const errors = [
    ['model() + classifier("a", goal: "up")', 'must be "maximize" or "minimize", got'],
    ["model() + classifier(model())", "must be the name of a classifier"],
    ['model() + classifier("a", toppK: 3)', 'an argument named toppK (did you mean "topK"?)'],
    ['model() + classifier("a", [1])', "expected a formula, got the list [1]"],
    ['model() + classifier("a", model(), over: model())', "the argument over is given twice"],
    ['model() + classifier("a", model(), 5, topK: 5)', "the argument topK is given twice"]
  ] as const
  for (const [text, expected] of errors) {
    const parsed = Formula.parse(text)
    expect(Result.isFailure(parsed) && parsed.failure.reason).toContain(expected)
  }
  const { classifier } = classifierOf(["a"], () => [0])
  const written = Formula.toJson(Formula.add(Formula.model(), Formula.classifier(classifier)))
  expect(Result.isFailure(written) && written.failure.message).toContain(
    "it holds a classifier itself, where JSON needs its name"
  )
  const read = Formula.fromJson({ version: 1, formula: { _tag: "Classifier", classifier: "a", goal: "up" } })
  expect(Result.isFailure(read) && read.failure.message).toBe(
    'Cannot read formula.goal as "maximize" or "minimize": "up"'
  )
})
