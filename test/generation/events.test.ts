import { describe, expect, test } from "bun:test"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { model, prompt } from "../../src/formula/leaves.ts"
import { add, map, supersede, union } from "../../src/formula/operators.ts"
import { prepare } from "../../src/formula/prepare.ts"
import { stream } from "../../src/formula/stream_leaf.ts"
import type { Event } from "../../src/generation/events.ts"
import { events, text } from "../../src/generation/generate.ts"
import { settings } from "../../src/generation/options.ts"
import { sequence } from "../../src/generation/sequence.ts"
import { type LanguageModel, make } from "../../src/model/language_model.ts"
import { fromFunction, table } from "../../src/model/table.ts"
import { ChatTemplate } from "../../src/vocabulary/chat_template.ts"
import { fromFiles } from "../../src/vocabulary/from_files.ts"
import { untokenized } from "../../src/vocabulary/vocabulary.ts"
import { letters } from "../support/letters.ts"
import { collect, failure } from "../support/run.ts"

const tokens = (all: ReadonlyArray<Event>) => all.flatMap((event) => (event._tag === "Token" ? [event.token] : []))
const last = (all: ReadonlyArray<Event>) => all.at(-1)!

/** Says "abcabc…", then ends, by the number of tokens so far. */
const alphabet = (length: number) =>
  fromFunction(letters, (context) => {
    const row = new Float32Array(letters.size).fill(Number.NEGATIVE_INFINITY)
    row[context.length > length ? 0 : 1 + ((context.length - 1) % 3)] = 0
    return row
  })

describe("how a sequence ends", () => {
  test("at end-of-text, which shows no text", async () => {
    const all = await collect(events(model(alphabet(5)), { maxTokens: 50 }))
    expect(all.map((event) => event.text).join("")).toBe("abcab")
    expect(last(all)).toMatchObject({ _tag: "Finished", reason: "end", statistics: { tokens: 6, modelCalls: 6 } })
  })
  test("at maxTokens", async () => {
    const all = await collect(events(model(alphabet(5)), { maxTokens: 3 }))
    expect(last(all)).toMatchObject({ reason: "length", statistics: { tokens: 3, modelCalls: 3 } })
    expect(tokens(await collect(events(model(alphabet(5)), { maxTokens: 0 })))).toEqual([])
  })
  test("at a stop text that spans tokens: it is cut and was never shown", async () => {
    const all = await collect(events(model(alphabet(50)), { maxTokens: 50, stop: ["bca", "x"] }))
    expect(all.map((event) => event.text)).toEqual(["a", "", "", "", ""])
    expect(last(all)).toMatchObject({ reason: "stop", statistics: { tokens: 4 } })
  })
  test("what was held for a stop text that did not come is shown at the end", async () => {
    const all = await collect(events(model(alphabet(50)), { maxTokens: 3, stop: ["cx"] }))
    expect(all.map((event) => event.text)).toEqual(["a", "b", "", "c"])
  })
  test("when the context window is full, one row after the last token that fits", async () => {
    const short = fromFunction(4, () => [0, 0, 0, 0], { contextLength: 5 })
    const all = await collect(events(model(short), { prompt: [1, 2], maxTokens: 50 }))
    expect(tokens(all)).toHaveLength(4)
    expect(last(all)).toMatchObject({ reason: "length" })
  })
})

test("text is the pieces of all events, and nothing empty", async () => {
  expect(await collect(text(model(alphabet(5))))).toEqual(["a", "b", "c", "a", "b"])
})

test("log-probabilities are the formula's; alternatives come best first", async () => {
  const skewed = table([
    [2, 1, 0],
    [2, 1, 0],
    [2, 1, 0]
  ])
  const all = await collect(events(model(skewed), { prompt: [0], maxTokens: 1, temperature: 0, logprobs: 2 }))
  const logZ = Math.log(Math.exp(2) + Math.exp(1) + 1)
  const token = all[0] as Extract<Event, { _tag: "Token" }>
  expect(token.logProb).toBeCloseTo(2 - logZ, 6)
  expect(token.alternatives.map((one) => one.token)).toEqual([0, 1])
  expect(token.alternatives[1]!.logProb).toBeCloseTo(1 - logZ, 6)
})

test("terms and sequences on one model go in one call", async () => {
  const batches: Array<number> = []
  const counting = counted(batches)
  const formula = union(prompt("a", { model: counting }), prompt("b", { model: counting }))
  const all = await collect(events(formula, { maxTokens: 4, count: 3 }))
  expect(tokens(all)).toHaveLength(12)
  expect(batches).toEqual([6, 6, 6, 6])
  expect(last(all)).toMatchObject({ statistics: { tokens: 4, modelCalls: 4 } })
})

const counted = (batches: Array<number>): LanguageModel =>
  make({
    name: "counted",
    vocabulary: letters,
    contextLength: 99,
    run: (requests) =>
      Effect.sync(() => {
        batches.push(requests.length)
        return requests.map(({ context, from }) => context.slice(from - 1).map(() => new Float32Array([-9, 0, 0, 0])))
      })
  })

test("back-pressure: no model call is made before its token is asked for", async () => {
  const batches: Array<number> = []
  const three = await collect(Stream.take(events(model(counted(batches)), { maxTokens: 50 }), 3))
  expect(three).toHaveLength(3)
  expect(batches).toHaveLength(3)
})

test("interrupting the stream interrupts the call that is under way, and no other follows", async () => {
  let [calls, interrupted] = [0, 0]
  const program = Effect.gen(function* () {
    const begun = yield* Deferred.make<void>()
    const slow = make({
      name: "slow",
      vocabulary: untokenized(2),
      contextLength: 9,
      run: () =>
        Effect.suspend(() => {
          calls++
          return Effect.andThen(Deferred.succeed(begun, undefined), Effect.never)
        }).pipe(Effect.onInterrupt(() => Effect.sync(() => interrupted++)))
    })
    const fiber = yield* Effect.forkChild(Stream.runDrain(events(model(slow), { prompt: [0] })))
    yield* Deferred.await(begun)
    yield* Fiber.interrupt(fiber)
  })
  await Effect.runPromise(program)
  expect([calls, interrupted]).toEqual([1, 1])
})

describe("bad input is a typed error with one clear message", () => {
  const coin = model(
    table([
      [0, 0],
      [0, 0]
    ])
  )
  const cases: ReadonlyArray<readonly [string, object, string]> = [
    ["temperature", { temperature: -1 }, "temperature, got -1"],
    ["NaN", { temperature: Number.NaN }, "temperature, got NaN"],
    ["topP 0", { topP: 0 }, "topP, got 0"],
    ["topP above 1", { topP: 1.1 }, "topP, got 1.1"],
    ["minP", { minP: -0.1 }, "minP, got -0.1"],
    ["typicalP", { typicalP: 0 }, "typicalP, got 0"],
    ["topK", { topK: -1 }, "topK, got -1"],
    ["repetition penalty", { repetitionPenalty: 0 }, "repetitionPenalty, got 0"],
    ["count", { count: -1 }, "count, got -1"],
    ["maxTokens", { maxTokens: 1.5 }, "maxTokens, got 1.5"],
    ["empty stop text", { stop: [""] }, 'stop.0, got ""'],
    ["seed", { seed: -1 }, "seed, got -1"],
    ["unknown option", { temprature: 1 }, "temprature"],
    ["bias outside the vocabulary", { logitBias: { "7": 1 } }, "Cannot bias token 7"],
    ["stop text without a tokenizer", { stop: ["x"] }, "Cannot stop at a text"]
  ]
  test.each(cases)("%s", async (_, options, message) => {
    const error = await failure(Stream.runDrain(events(coin, { prompt: [0], ...options })))
    expect(error).toMatchObject({ _tag: "OptionsError" })
    expect(error.message).toContain(message)
    expect(error.message).not.toContain("\n")
  })
  test("prompts", async () => {
    const prompts = async (given: string | ReadonlyArray<number>, window = 3) => {
      const one = fromFunction(2, () => [0, 0], { contextLength: window, name: "tiny" })
      return failure(Stream.runDrain(events(model(one), { prompt: given })))
    }
    expect((await prompts([0, 1, 0, 1])).message).toBe(
      "Cannot continue a prompt of 4 tokens with tiny: its context window holds 3"
    )
    expect((await prompts([5])).message).toContain("token 5 is none of its ids")
    expect((await prompts("text")).message).toContain("without a tokenizer")
    expect((await prompts("")).message).toContain("no beginning-of-text token")
    expect(await prompts([5])).toMatchObject({ _tag: "PromptError" })
  })
})

test("a formula over two models makes two calls a token", async () => {
  const formula = union(model(counted([])), model(counted([])))
  expect(last(await collect(events(formula, { maxTokens: 4 })))).toMatchObject({
    statistics: { tokens: 4, modelCalls: 8 }
  })
})

test("text continues the prompt: a space that only begins a text is not lost in the middle of one", async () => {
  const spaced = Result.getOrThrow(
    fromFiles({
      name: "spaced",
      tokenizerJson: {
        model: { type: "BPE", vocab: { "▁a": 0, "▁b": 1 }, merges: [] },
        pre_tokenizer: { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: true },
        decoder: { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: true }
      }
    })
  )
  const one = model(fromFunction(spaced, () => [0, -99]))
  expect(await collect(text(one, { prompt: [1], maxTokens: 2, temperature: 0 }))).toEqual([" a", " a"])
})

test("a stage may give several tokens at once: nothing before the end is lost, nothing behind it comes", async () => {
  const prepared = await Effect.runPromise(prepare(model(alphabet(9))))
  const law = { probs: new Float64Array(4), scores: new Float64Array(4), logZ: 0 }
  const block = Stream.fromIterable([1, 2, 0, 3].map((token) => ({ token, law })))
  const given = await Effect.runPromise(settings({}))
  const cost = { seed: 1, verifier: "block", modelCalls: 1, plans: [], terms: [], stages: [] } as const
  const options = { sequence: 0, settings: given, promptTokens: [], statistics: () => cost }
  const all = await collect(sequence(prepared, () => block, options))
  expect(tokens(all)).toEqual([1, 2, 0])
  expect(last(all)).toMatchObject({ reason: "end", statistics: { tokens: 3 } })
})

test("a conversation is a prompt, and its text is what the repetition penalty sees", async () => {
  const { vocabulary } = alphabet(1)
  const template = Result.getOrThrow(
    ChatTemplate.make("{% for m in messages %}{{ m.content }}{% endfor %}", { specialTokens: {} })
  )
  const flat = fromFunction({ ...vocabulary, template }, (context) => [-50, context.length === 2 ? 0 : -50, -0.1, -50])
  const options = {
    prompt: [{ role: "user", content: "ba" }] as const,
    maxTokens: 1,
    temperature: 0,
    repetitionPenalty: 1
  }
  expect(await collect(text(model(flat), options))).toEqual(["a"])
  expect(await collect(text(model(flat), { ...options, repetitionPenalty: 30 }))).toEqual(["a"])
  expect(
    await collect(text(model(flat), { ...options, prompt: [{ role: "user", content: "aa" }], repetitionPenalty: 30 }))
  ).toEqual(["b"])
})

test("a function of the user's that throws is a typed error", async () => {
  const broken = fromFunction(2, () => {
    throw new Error("no luck")
  })
  expect(await failure(Stream.runDrain(events(model(broken), { prompt: [0] })))).toMatchObject({ _tag: "ModelError" })
  const mapped = map(
    model(
      table([
        [0, 0],
        [0, 0]
      ])
    ),
    "oops",
    () => {
      throw new Error("no luck")
    }
  )
  expect(await failure(Stream.runDrain(events(mapped, { prompt: [0] })))).toMatchObject({ _tag: "EvaluationError" })
  const streamed = add(
    model(
      table([
        [0, 0],
        [0, 0]
      ])
    ),
    stream("oops", () => Stream.die(new Error("no luck")))
  )
  const error = await failure(Stream.runDrain(events(streamed, { prompt: [0] })))
  expect(error.message).toBe("Cannot use the stream oops: no luck")
})

test("the draft of a supersede is not asked while the target is there", async () => {
  const batches: Array<number> = []
  const formula = supersede(model(counted(batches)), model(alphabet(3)))
  const all = await collect(events(formula, { maxTokens: 9 }))
  expect(batches).toEqual([])
  expect(last(all)).toMatchObject({ reason: "end", statistics: { tokens: 4, modelCalls: 4 } })
})

test("two models that share weights go in one call", async () => {
  const batches: Array<number> = []
  const one = { ...counted(batches), weights: "shared" }
  const formula = union(model(one), prompt("a", { model: { ...one, name: "other" } }))
  const all = await collect(events(formula, { maxTokens: 3 }))
  expect(batches).toEqual([2, 2, 2])
  expect(last(all)).toMatchObject({ statistics: { modelCalls: 3 } })
})

test("one of two callers may leave a call without hurting the other", async () => {
  const program = Effect.gen(function* () {
    const begun = yield* Deferred.make<void>()
    const go = yield* Deferred.make<void>()
    const slow = make({
      name: "slow",
      vocabulary: untokenized(2),
      contextLength: 9,
      run: (requests) =>
        Deferred.succeed(begun, undefined).pipe(
          Effect.andThen(Deferred.await(go)),
          Effect.as(requests.map(({ context }) => [Float32Array.of(context.length, 0)]))
        )
    })
    const leaving = yield* Effect.forkChild(slow.score([{ context: [0], from: 1 }]))
    const staying = yield* Effect.forkChild(slow.score([{ context: [0, 1], from: 2 }]))
    yield* Deferred.await(begun)
    yield* Fiber.interrupt(leaving)
    yield* Deferred.succeed(go, undefined)
    return yield* Fiber.join(staying)
  })
  expect(await Effect.runPromise(program)).toEqual([[Float32Array.of(2, 0)]])
})
