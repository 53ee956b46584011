import { join } from "node:path"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type Axis, parseAxis } from "../evaluation/axis.ts"
import { chart } from "../evaluation/chart.ts"
import { csvLine } from "../evaluation/csv.ts"
import { type SweepRow, sweep as sweepRows } from "../evaluation/sweep.ts"
import { sweepCells, sweepHeader } from "../evaluation/sweep_table.ts"
import { equals } from "../formula/identity.ts"
import { parseWithNames } from "../formula/syntax/parse.ts"
import { cut } from "../formula/syntax/syntax_error.ts"
import type { Models } from "../model/models.ts"
import { formulaFlags, maybe, normalizeFlag, samplingFlags } from "./flags.ts"
import { type FormulaSource, readSource } from "./formula_source.ts"
import { readJudges } from "./judges.ts"
import { readLines } from "./lines.ts"
import { Mistake } from "./mistake.ts"
import { modelsLayer } from "./models_layer.ts"
import { kindOf, standard, toFile } from "./output.ts"
import { progress } from "./progress.ts"
import { pickSampling, samplingOptions } from "./sampling_input.ts"
import { sweepLines } from "./sweep_lines.ts"

const repeated = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description), Flag.atLeast(0))

const whole = (name: string, description: string, fallback: number) =>
  Flag.Int(name).pipe(Flag.withDescription(`${description} (default ${fallback})`), Flag.withDefault(fallback))

/** `polylogit sweep`: what a parameter of a formula does to its texts. */
export const sweep = Command.make(
  "sweep",
  {
    ...formulaFlags,
    over: repeated("over", "x=0..2:0.2", "A name in the formula and its values, or x=0,0.5,1; once or twice"),
    prompt: repeated("prompt", "TEXT", "A text to continue; may be repeated"),
    promptFile: maybe(Flag.String("prompt-file").pipe(Flag.withDescription("A file with one text to continue a line"))),
    count: whole("count", "How many continuations of each text", 8),
    maxTokens: whole("max-tokens", "The most tokens of each", 32),
    seed: whole("seed", "The same at every point", 0),
    ...samplingFlags,
    normalize: normalizeFlag,
    classifier: repeated("classifier", "NAME", "A classifier that judges the texts; may be repeated"),
    label: repeated("label", "LABEL", "LABEL or NAME:LABEL, what it judges for (default: each label); may be repeated"),
    under: Flag.String("under").pipe(
      Flag.withMetavar("FORMULA"),
      Flag.withDescription("The formula that perplexity goes by (default model())"),
      Flag.withDefault("model()")
    ),
    output: Flag.String("output").pipe(
      Flag.withDescription("A folder, or how the names of the .csv and the .svg begin (default sweep)"),
      Flag.withDefault("sweep")
    )
  },
  (input) =>
    Effect.gen(function* () {
      const source = yield* readSource(input)
      const axes = yield* readAxes(input.over, source)
      const under = (yield* Effect.fromResult(parseWithNames<Models>(input.under, { names: source.names }))).formula
      const openings = yield* readOpenings(input)
      const sampling = yield* samplingOptions(pickSampling(input))
      const prefix = yield* prefixOf(input.output)
      const [table, picture] = [yield* toFile(`${prefix}.csv`), yield* toFile(`${prefix}.svg`)]
      const judges = yield* readJudges(input.classifier, input.label)
      const { count, maxTokens, normalize, seed } = input
      const { aside, tell } = yield* progress("sweep", "tokens")
      // the files are what is asked for, with or without a reader of the rows
      const print = (text: string) => aside(standard.write(text)).pipe(Effect.catchTag("ClosedPipe", () => Effect.void))
      const formulaAt = (point: Readonly<Record<string, number>>) =>
        Effect.map(source.formulaAt(point), ({ formula }) => formula)
      const options = { ...sampling, count, maxTokens, normalize, seed, openings, under, judges, progress: tell }
      const lines = sweepLines(axes, judges)
      const rows: Array<SweepRow> = []
      yield* table.write(csvLine(sweepHeader(axes, judges)))
      yield* Stream.runForEach(sweepRows(axes, formulaAt, options), (row) =>
        Effect.gen(function* () {
          yield* table.write(csvLine(sweepCells(row)))
          yield* print(`${rows.length === 0 ? lines.head : ""}${lines.line(row)}`)
          rows.push(row)
        })
      )
      yield* table.done
      const title = cut(source.text.trim().replaceAll(/\s+/g, " "), 70)
      yield* picture.write(yield* chart(rows, { axes, judges, title }))
      yield* picture.done
      yield* print(`\nThe table is in ${prefix}.csv, the picture in ${prefix}.svg\n`)
    }).pipe(Effect.scoped, Effect.provide(modelsLayer(input)))
).pipe(
  Command.withDescription("Write texts while a number in the formula changes, and measure them: a table and a picture"),
  Command.withExamples([
    {
      command: `polylogit sweep 'tale - x * poem' --define 'tale=A fairy tale.' --define 'poem=A poem.' --over x=0..0.8:0.2`,
      description: "perplexity under model() and distinct-2 of the texts, into sweep.csv and sweep.svg"
    },
    {
      command: `polylogit sweep 'interpolate(model(), sentiment: x)' --over x=-1..2:0.5 --classifier attributes-judge --label positive`,
      description: "how strongly an adapter's attribute shows to a classifier"
    }
  ])
)

const columns = new Set(sweepHeader([], []))

const readAxes = (texts: ReadonlyArray<string>, source: FormulaSource) =>
  Effect.gen(function* () {
    if (texts.length < 1 || texts.length > 2) {
      return yield* new Mistake({ message: "Cannot sweep without an axis, or over three: give --over once or twice" })
    }
    const axes: ReadonlyArray<Axis> = yield* Effect.forEach(texts, (text) => Effect.fromResult(parseAxis(text)))
    const refuse = (name: string, reason: string) => new Mistake({ message: `Cannot sweep over ${name}: ${reason}` })
    const [first, second] = axes
    if (first!.name === second?.name) return yield* refuse(first!.name, "it is given twice")
    const defined = axes.find(({ name }) => Object.hasOwn(source.names, name))
    if (defined !== undefined) return yield* refuse(defined.name, "--define gives it another meaning")
    const taken = axes.find(({ name }) => columns.has(name))
    if (taken !== undefined) return yield* refuse(taken.name, "a column of the table has that name")
    const start = Object.fromEntries(axes.map(({ name, points }) => [name, points[0]!]))
    const { formula, unused } = yield* source.formulaAt(start)
    if (unused.length > 0) return yield* refuse(unused[0]!, "it does not stand in the formula")
    for (const { name, points } of axes) {
      const end = yield* source.formulaAt({ ...start, [name]: points.at(-1)! })
      if (points.length > 1 && equals(formula, end.formula)) return yield* refuse(name, "nothing changes with it")
    }
    return axes
  })

const readOpenings = ({ prompt, promptFile }: { prompt: ReadonlyArray<string>; promptFile: string | undefined }) => {
  if (promptFile === undefined) return Effect.succeed(prompt.length === 0 ? [""] : prompt)
  return prompt.length === 0
    ? readLines(promptFile)
    : Effect.fail(new Mistake({ message: "Cannot use --prompt and --prompt-file at once: give one of them" }))
}

/** A folder gets the files as `sweep.csv` and `sweep.svg`. */
const prefixOf = (output: string): Effect.Effect<string, Mistake> =>
  output === ""
    ? Effect.fail(new Mistake({ message: "Cannot write to a file without a name" }))
    : Effect.map(kindOf(output), (kind) =>
        output.endsWith("/") || kind?.isDirectory() ? join(output, "sweep") : output
      )
