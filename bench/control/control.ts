import { mkdirSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { Embedded, Evaluation, Formula, LanguageModel } from "../../src/mod.ts"
import { attributeNames, attributes, type Experiment, experiments, type Measured } from "./experiments.ts"
import { haveOpenings, openings } from "./openings.ts"
import { report } from "./report.ts"

/** Continuations of an opening, and their length in tokens: as in the paper. */
const count = 3
const maxTokens = 32

const folder = join(import.meta.dir, "results")

/** The number behind a flag of the command line. */
const flag = (name: string, usual: number): number => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? usual : Number(process.argv[at + 1])
}

const measure = (experiment: Experiment, all: ReadonlyArray<string>, judges: ReadonlyArray<Evaluation.Judge>) => {
  const { axis, formula, share = 1 } = experiment
  const step = Math.round(1 / share)
  const sweep = Evaluation.sweep([axis], ({ x }) => Effect.fromResult(Formula.parse(formula(x!))), {
    openings: all.filter((_, i) => i % step === 0),
    under: Formula.model(),
    judges,
    count,
    maxTokens,
    seed: 1
  })
  return sweep.pipe(
    Stream.tap((row) => Effect.sync(() => console.error(experiment.name, formula(row.point.x!), said(row)))),
    Stream.runCollect
  )
}

const said = ({ perplexity, strengths }: Evaluation.SweepRow): string =>
  `perplexity ${perplexity.toFixed(1)} ${strengths.map(({ probability }) => probability.mean.toFixed(3)).join(" ")}`

/** One line a point: the formula stands beside its numbers. */
const csv = ({ experiment, rows }: Measured, judges: ReadonlyArray<Evaluation.Judge>): string =>
  [
    Evaluation.csvLine([...Evaluation.sweepHeader([experiment.axis], judges), "formula"]),
    ...rows.map((row) => Evaluation.csvLine([...Evaluation.sweepCells(row), experiment.formula(row.point.x!)]))
  ].join("")

/**
 * How far formulas, mixed weights and classifiers move what is written, and what they cost: held-out openings, three
 * continuations of 32 tokens each, judged by a classifier that took no part. `--openings N` (1,000 without it).
 */
export const control = async (): Promise<string> => {
  if (!haveOpenings()) return "Not measured: the held-out texts are not here."
  const all = openings(flag("openings", 1000))
  mkdirSync(folder, { recursive: true })
  const program = Effect.gen(function* () {
    const classifier = yield* LanguageModel.Classifiers.use((found) => found.get("attributes-judge"))
    const judges = attributeNames.map((name) => ({ name, classifier, label: attributes[name][0] }))
    const measured: Array<Measured> = []
    for (const experiment of experiments) {
      const rows = yield* measure(experiment, all, judges)
      measured.push({ experiment, rows })
      const path = join(folder, `${experiment.name.replaceAll(" ", "_")}.csv`)
      yield* Effect.promise(() => Bun.write(path, csv({ experiment, rows }, judges)))
    }
    return yield* Effect.promise(() => report(measured, { openings: all.length, count, maxTokens, folder }))
  })
  const services = Layer.merge(Embedded.layer, Embedded.layerClassifiers({ overflow: "keepEnd" }))
  return await Effect.runPromise(Effect.scoped(Effect.provide(program, services)))
}
