import { describe, expect, test } from "bun:test"
import type { Drafted, StageMachine } from "../../src/sampling/stage_machine.ts"
import { type ChainAction, type ChainReply, chain } from "../../src/speculation/chain.ts"
import { lawFrom } from "./tables.ts"

const law = lawFrom(0.5, 0.5)
const ask = { draw: () => 0, accept: () => true, race: () => 0 }
const laws: ChainReply = { _tag: "Laws", laws: [law], ask }
const next: ChainReply = { _tag: "Next" }

/** Asks for a law, then says a token: the number of tokens that it began behind. */
const upper: StageMachine<number> = (begin) => ({
  init: begin.length,
  step: (n, reply) =>
    reply._tag === "Laws"
      ? [
          n + 1,
          {
            _tag: "Emit",
            drafted: [{ token: begin.length, law }],
            completion: Array.from({ length: n + 1 }, () => 0),
            rewind: false
          }
        ]
      : n < 4
        ? [n, { _tag: "Laws", completion: Array.from({ length: n }, () => 0), from: n }]
        : [n, { _tag: "End" }]
})

/** Pulls a token and hands it on with its own beginning; rewinds at every other one. Ends when it is told of the end. */
const lower =
  (rewinds: boolean): StageMachine<number> =>
  (begin) => ({
    init: 0,
    step: (n, reply) => {
      if (reply._tag === "Dry") return [n, { _tag: "End" }]
      if (reply._tag !== "Pulled") return [n, { _tag: "Pull" }]
      const drafted = reply.drafted.map((one): Drafted => ({ ...one, token: 10 * begin.length + one.token })) as [
        Drafted
      ]
      const completion = Array.from({ length: n + 1 }, () => 0)
      return [n + 1, { _tag: "Emit", drafted, completion, rewind: rewinds && n % 2 === 0 }]
    }
  })

const say = (action: ChainAction): string =>
  action._tag === "Emit"
    ? `emit ${action.drafted.map(({ token }) => token)}`
    : action._tag === "Laws"
      ? `stage ${action.stage} asks from ${action.from}`
      : action._tag

const play = (machines: ReadonlyArray<StageMachine>, steps: number, completion: ReadonlyArray<number> = []) => {
  const machine = chain(machines, completion)
  let [state, action] = machine.step(machine.init, next)
  const said = [say(action)]
  while (said.length < steps) {
    ;[state, action] = machine.step(state, action._tag === "Laws" ? laws : next)
    said.push(say(action))
  }
  return { said, state }
}

describe("a chain", () => {
  test("of one stage is that stage", () => {
    expect(play([upper], 4).said).toEqual(["stage 0 asks from 0", "emit 0", "stage 0 asks from 1", "emit 0"])
  })
  test("pulls through its stages; the end goes down as well", () => {
    expect(play([upper, lower(false)], 10, [0, 0]).said).toEqual([
      "stage 0 asks from 2",
      "emit 22",
      "stage 0 asks from 3",
      "emit 22",
      "End",
      "End",
      "End",
      "End",
      "End",
      "End"
    ])
  })
  test("a stage that rewinds has the stages above begin again; itself goes on as it began", () => {
    // the upper one says where it began: at 0, then behind 1 token; behind the second nothing was rewound
    expect(play([upper, lower(true)], 8).said.filter((one) => one.startsWith("emit"))).toEqual([
      "emit 0",
      "emit 1",
      "emit 1",
      "emit 3"
    ])
  })
  test("one in the middle rewinds those above it only", () => {
    const { said, state } = play([upper, lower(true), lower(false)], 8)
    expect(said.filter((one) => one.startsWith("emit"))).toEqual(["emit 0", "emit 1", "emit 1", "emit 3"])
    expect(state.begin).toEqual([[0, 0, 0], [], []])
    expect(state.active).toBe(2)
  })
  test("remembers plain data: stages that did not begin yet are undefined", () => {
    const machine = chain([upper, lower(false)])
    expect(machine.init).toEqual({ stages: [undefined, undefined], begin: [[], []], active: 1 })
    const [state] = machine.step(machine.init, next)
    expect(state).toEqual({ stages: [0, 0], begin: [[], []], active: 0 })
  })
  test("what a stage refuses, wherever it stands, the chain refuses", () => {
    const refuses: StageMachine<number> = () => ({ init: 0, step: () => [0, { _tag: "Refuse", message: "no" }] })
    const machine = chain([refuses, lower(false)])
    expect(machine.step(machine.init, next)[1]).toEqual({ _tag: "Refuse", message: "no" })
  })
})
