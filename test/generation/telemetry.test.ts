import { describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import type { Formula } from "../../src/formula/formula.ts"
import { model } from "../../src/formula/leaves.ts"
import { add, supersede } from "../../src/formula/operators.ts"
import type { Finished } from "../../src/generation/events.ts"
import { events } from "../../src/generation/generate.ts"
import type { GenerationOptions } from "../../src/generation/options.ts"
import { fromFunction, table } from "../../src/model/table.ts"

const markov = (name: string, shift: number) =>
  model(
    table(
      [0, 1, 2, 3].map((i) => [0, 1, 2, 3].map((j) => Math.sin(3 * i + 5 * j + shift))),
      { name }
    )
  )
const [small, large] = [markov("small", 0.2), markov("large", 0)]
const drafted = supersede(small, large)
const speculate = { order: [1, 2], draftLengths: [3] }

/** A tracer that keeps its spans. */
const recording = () => {
  const spans: Array<Tracer.NativeSpan> = []
  const tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    }
  })
  return { spans, tracer }
}

const traced = async (formula: Formula, options: GenerationOptions, take = Number.POSITIVE_INFINITY) => {
  const { spans, tracer } = recording()
  const all = await Effect.runPromise(
    events(formula, { prompt: [0], seed: 4, ...options }).pipe(
      Stream.take(take),
      Stream.runCollect,
      Effect.withSpan("caller"),
      Effect.provideService(Tracer.Tracer, tracer)
    )
  )
  return { spans, all }
}

const parentOf = (span: Tracer.NativeSpan) => {
  const parent = span.parent._tag === "Some" ? span.parent.value : undefined
  return parent?._tag === "Span" ? parent.name : undefined
}
const named = (spans: ReadonlyArray<Tracer.NativeSpan>, name: string) => spans.filter((span) => span.name === name)
const statistics = (all: ReadonlyArray<unknown>) => (all.at(-1) as Finished).statistics

describe("spans", () => {
  test("a plain run: one around the run, one around each call, with what was asked", async () => {
    const { all, spans } = await traced(add(small, large), { maxTokens: 5 })
    expect(spans.map((span) => [span.name, parentOf(span)])).toEqual([
      ["caller", undefined],
      ["polylogit.generate", "caller"],
      ...Array.from({ length: 10 }, () => ["polylogit.score", "polylogit.generate"])
    ])
    expect(statistics(all).modelCalls).toBe(10)
    const [first] = named(spans, "polylogit.score")
    expect(Object.fromEntries(first!.attributes)).toEqual({ model: "small", requests: 1, positions: 1 })
    expect(spans.every((span) => span.status._tag === "Ended")).toBe(true)
  })
  test("a speculative run: each block has its span, and the calls of the target are inside of it", async () => {
    const { all, spans } = await traced(drafted, { maxTokens: 12, speculate })
    const { modelCalls, stages, terms } = statistics(all)
    const blocks = named(spans, "polylogit.verify")
    const scores = named(spans, "polylogit.score")
    expect(blocks).toHaveLength(stages[0]!.blocks)
    expect(scores).toHaveLength(modelCalls)
    expect(new Set(blocks.map(parentOf))).toEqual(new Set(["polylogit.generate"]))
    for (const span of scores) {
      expect(parentOf(span)).toBe(span.attributes.get("model") === "large" ? "polylogit.verify" : "polylogit.generate")
    }
    const positions = blocks.reduce((sum, span) => sum + Number(span.attributes.get("positions")), 0)
    expect(positions).toBe(terms[1]!.positions)
    expect(Object.fromEntries(blocks[0]!.attributes)).toEqual({ stage: 1, position: 0, positions: 4 })
  })
  test("a run that is left early ends its spans", async () => {
    const { spans } = await traced(drafted, { maxTokens: 50, speculate }, 3)
    expect(named(spans, "polylogit.generate")).toHaveLength(1)
    expect(spans.every((span) => span.status._tag === "Ended")).toBe(true)
  })
  test("a failure shows in the spans that it went through", async () => {
    const { spans, tracer } = recording()
    const broken = fromFunction(2, () => {
      throw new Error("no luck")
    })
    const run = Stream.runDrain(events(model(broken), { prompt: [0] }))
    await Effect.runPromise(Effect.flip(Effect.provideService(run, Tracer.Tracer, tracer)))
    expect(spans.map(({ name, status }) => [name, status._tag === "Ended" && status.exit._tag])).toEqual([
      ["polylogit.generate", "Failure"],
      ["polylogit.score", "Failure"]
    ])
  })
  test("tracing does not touch the text", async () => {
    const { all } = await traced(drafted, { maxTokens: 30, speculate })
    const plain = await Effect.runPromise(
      Stream.runCollect(events(drafted, { prompt: [0], seed: 4, maxTokens: 30, speculate }))
    )
    const ids = (run: typeof plain) => run.map((event) => (event._tag === "Token" ? event.token : event.reason))
    expect(ids(all)).toEqual(ids(plain))
  })
})

describe("metrics", () => {
  const counted = async (formula: Formula, options: GenerationOptions, take = Number.POSITIVE_INFINITY) =>
    Effect.runPromise(
      Effect.gen(function* () {
        const run = events(formula, { prompt: [0], seed: 4, ...options })
        const all = yield* Stream.runCollect(Stream.take(run, take))
        return { all, metrics: yield* Metric.snapshot }
      }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))
    )
  type Snapshots = Awaited<ReturnType<typeof counted>>["metrics"]
  const find = (metrics: Snapshots, id: string, model?: string) =>
    metrics.find((metric) => metric.id === id && (model === undefined || metric.attributes?.model === model))
  const count = (metrics: Snapshots, id: string, model?: string) => {
    const found = find(metrics, id, model)
    return found?.type === "Counter" ? Number(found.state.count) : undefined
  }

  test("they are what the statistics say", async () => {
    const { all, metrics } = await counted(drafted, { maxTokens: 40, speculate })
    const { stages, terms, tokens } = statistics(all)
    expect(count(metrics, "polylogit.tokens")).toBe(tokens)
    for (const [i, name] of ["small", "large"].entries()) {
      expect(count(metrics, "polylogit.calls", name)).toBe(terms[i]!.calls)
      expect(count(metrics, "polylogit.positions", name)).toBe(terms[i]!.positions)
    }
    const [stage] = stages
    expect(count(metrics, "polylogit.drafts.kept")).toBe(stage!.kept)
    expect(stage!.acceptance.seen).toBe(stage!.kept / count(metrics, "polylogit.drafts.decided")!)
    const blocks = find(metrics, "polylogit.block.drafts")
    expect(blocks?.type === "Histogram" && [blocks.state.count, blocks.state.sum, blocks.state.max]).toEqual([
      stage!.blocks,
      stage!.drafted,
      3
    ])
  })
  test("sequences add up, and a run without speculation has no drafts", async () => {
    const { metrics } = await counted(large, { maxTokens: 6, count: 3 })
    expect(count(metrics, "polylogit.tokens")).toBe(18)
    expect(count(metrics, "polylogit.calls", "large")).toBe(18)
    expect(find(metrics, "polylogit.drafts.kept")).toBeUndefined()
  })
  test("tokens that nobody asked for are not counted", async () => {
    const { metrics } = await counted(large, { maxTokens: 50 }, 4)
    expect(count(metrics, "polylogit.tokens")).toBe(4)
  })
})
