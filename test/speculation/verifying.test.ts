import { describe, expect, test } from "bun:test"
import type { Action, Reply } from "../../src/sampling/stage_machine.ts"
import { bonus as orBonus, type Rule } from "../../src/speculation/rule.ts"
import { type VerifyRules, type VerifyState, verifying } from "../../src/speculation/verifying.ts"
import { lawFrom } from "./tables.ts"

const law = lawFrom(0.25, 0.25, 0.25, 0.25)
const ask = { draw: () => 3, accept: () => true, race: () => 3 }
/** Keeps all, then the bonus token 3. */
const keepsAll: Rule = (block, ask) => orBonus(block, ask.draw)
/** Keeps one, and 2 in place of the next. */
const keepsOne: Rule = ({ drafts }) =>
  drafts.length > 1 ? { kept: 1, next: 2 } : { kept: drafts.length, next: undefined }

const pulled = (...tokens: ReadonlyArray<number>): Reply => ({
  _tag: "Pulled",
  drafted: tokens.map((token) => ({ token, law }))
})
const next: Reply = { _tag: "Next" }
const dry: Reply = { _tag: "Dry" }

/** Steps a machine through replies; laws are given as many as it asked for. */
const play = (
  rules: Partial<VerifyRules>,
  begin: ReadonlyArray<number>,
  ...replies: ReadonlyArray<Reply | "laws" | "fewer">
) => {
  const { init, step } = verifying({ end: [], maxTokens: 9, draftLength: 2, rule: keepsAll, bonus: true, ...rules })(
    begin
  )
  let state: VerifyState = init
  let action: Action | undefined
  const said: Array<string> = []
  for (const reply of replies) {
    let told: Reply
    if (reply === "laws" || reply === "fewer") {
      const asked = action as Action & { readonly _tag: "Laws" }
      const count = asked.completion.length - asked.from + (reply === "laws" ? 1 : 0)
      told = { _tag: "Laws", laws: Array.from({ length: count }, () => law), ask }
    } else told = reply
    ;[state, action] = step(state, told)
    said.push(say(action))
  }
  return { state, action, said }
}

const say = (action: Action): string => {
  switch (action._tag) {
    case "Laws":
      return `laws of [${action.completion}] from ${action.from}`
    case "Emit":
      return `${action.drafted.map(({ origin, token }) => `${origin} ${token}`).join(", ")}${action.rewind ? ", rewind" : ""} at [${action.completion}]`
    case "Refuse":
      return action.message
    default:
      return action._tag
  }
}

describe("a block", () => {
  test("is as many drafts as the draft length, with a law behind them for the bonus token", () => {
    expect(play({}, [], next, pulled(0), pulled(1), "laws").said).toEqual([
      "Pull",
      "Pull",
      "laws of [0,1] from 0",
      "kept 0, kept 1, bonus 3, rewind at [0,1,3]"
    ])
  })
  test("without bonus tokens asks for no law behind its last draft, and does not rewind", () => {
    const { said, state } = play({ bonus: false }, [], next, pulled(0), pulled(1), "laws", next)
    expect(said.slice(2)).toEqual(["laws of [0] from 0", "kept 0, kept 1 at [0,1]", "Pull"])
    expect(state).toMatchObject({ held: [], dry: false, completion: [0, 1] })
  })
  test("begins behind what is out", () => {
    expect(play({}, [3, 3], next, pulled(0, 1), "laws").said.slice(1)).toEqual([
      "laws of [3,3,0,1] from 2",
      "kept 0, kept 1, bonus 3, rewind at [3,3,0,1,3]"
    ])
  })
  test("of which one draft is not kept: what replaces it, and the rest is forgotten", () => {
    const { said, state } = play({ rule: keepsOne }, [], next, pulled(0, 1, 0), "laws")
    expect(said.at(-1)).toBe("kept 0, replaced 2, rewind at [0,2]")
    expect(state).toEqual({ completion: [0, 2], held: [], dry: false, ended: false, checked: 0, asked: 0 })
  })
  test("tells what was checked, and by which laws", () => {
    const { action } = play({ rule: keepsOne }, [], next, pulled(0, 1), "laws")
    expect(action).toMatchObject({ verified: { kept: 1, drafts: [{ token: 0 }, { token: 1 }], laws: [law, law, law] } })
  })
})

describe("drafts that are held", () => {
  test("beyond the block are the next one's; no bonus token comes in between", () => {
    expect(play({}, [], next, pulled(0, 1, 0), "laws", next, pulled(1), "laws").said.slice(1)).toEqual([
      "laws of [0] from 0",
      "kept 0, kept 1 at [0,1]",
      "Pull",
      "laws of [0,1,0,1] from 2",
      "kept 0, kept 1, bonus 3, rewind at [0,1,0,1,3]"
    ])
  })
  test("several may come at once", () => {
    expect(play({ draftLength: 4 }, [], next, pulled(0, 1, 2), pulled(0), "laws").said[2]).toBe(
      "laws of [0,1,2,0] from 0"
    )
  })
})

describe("when the stage above has no more", () => {
  test("what there is is checked; a bonus token follows", () => {
    expect(play({}, [], next, pulled(0), dry, "laws", next).said.slice(2)).toEqual([
      "laws of [0] from 0",
      "kept 0, bonus 3, rewind at [0,3]",
      // it was begun again, and may have more
      "Pull"
    ])
  })
  test("and there is nothing, it goes on alone", () => {
    expect(play({ bonus: false }, [], next, dry, "laws", next).said).toEqual([
      "Pull",
      "laws of [] from 0",
      "bonus 3, rewind at [3]",
      "Pull"
    ])
  })
  test("without a bonus token it is not asked again, until a token of another origin came", () => {
    expect(play({ bonus: false }, [], next, pulled(0), dry, "laws", next, "laws", next).said.slice(2)).toEqual([
      "laws of [] from 0",
      "kept 0 at [0]",
      "laws of [0] from 1",
      "bonus 3, rewind at [0,3]",
      "Pull"
    ])
  })
})

describe("the end", () => {
  test("no draft behind maxTokens is wanted, and with a bonus token one less", () => {
    // room for 2: one draft and the bonus token
    expect(play({ maxTokens: 3, draftLength: 5 }, [0], next, pulled(1), "laws", next).said).toEqual([
      "Pull",
      "laws of [0,1] from 1",
      "kept 1, bonus 3, rewind at [0,1,3]",
      "End"
    ])
    expect(
      play({ maxTokens: 3, draftLength: 5, bonus: false }, [0], next, pulled(1), pulled(2), "laws", next).said
    ).toEqual(["Pull", "Pull", "laws of [0,1] from 1", "kept 1, kept 2 at [0,1,2]", "End"])
  })
  test("room for one token: it is drawn, not drafted, unless a draft is there already", () => {
    expect(play({ maxTokens: 1 }, [], next, "laws", next).said).toEqual([
      "laws of [] from 0",
      "bonus 3, rewind at [3]",
      "End"
    ])
    const { said } = play({ maxTokens: 3 }, [], next, pulled(0, 1, 2), "laws", next, "laws", next)
    expect(said.slice(1)).toEqual([
      "laws of [0] from 0",
      "kept 0, kept 1 at [0,1]",
      "laws of [0,1] from 2",
      "kept 2 at [0,1,2]",
      "End"
    ])
  })
  test("no room, or none left: it ends, and says so as often as it is asked", () => {
    expect(play({ maxTokens: 2 }, [0, 1], next, next).said).toEqual(["End", "End"])
    expect(play({ maxTokens: 0 }, [0, 1], next).said).toEqual(["End"])
  })
  test("a block ends with a drafted end-of-text, whose law is the last that is asked for", () => {
    expect(play({ end: [0], draftLength: 4 }, [], next, pulled(1), pulled(0), "laws", next).said.slice(2)).toEqual([
      "laws of [1] from 0",
      "kept 1, kept 0 at [1,0]",
      "End"
    ])
  })
  test("an end-of-text in place of a draft, or behind a block, ends the text", () => {
    expect(play({ end: [2], rule: keepsOne }, [], next, pulled(0, 1), "laws", next).said.slice(2)).toEqual([
      "kept 0, replaced 2, rewind at [0,2]",
      "End"
    ])
    expect(play({ end: [3] }, [], next, pulled(0, 1), "laws", next).said.slice(2)).toEqual([
      "kept 0, kept 1, bonus 3, rewind at [0,1,3]",
      "End"
    ])
  })
})

describe("where there is no law", () => {
  test("it goes as far as there are laws, and no bonus token is drawn", () => {
    const { said, state } = play({ draftLength: 3 }, [], next, pulled(0, 1, 2), "fewer")
    expect(said.slice(1)).toEqual(["laws of [0,1,2] from 0", "kept 0, kept 1, kept 2 at [0,1,2]"])
    expect(state.held).toEqual([])
    const more = play({ draftLength: 3, bonus: false }, [], next, pulled(0, 1, 2), "fewer")
    expect(more.said.slice(1)).toEqual(["laws of [0,1] from 0", "kept 0, kept 1 at [0,1]"])
    expect(more.state.held.map(({ token }) => token)).toEqual([2])
  })
  test("it ends where there is none at all", () => {
    expect(play({ bonus: false, draftLength: 1 }, [], next, pulled(0), "fewer", next).said.slice(1)).toEqual([
      "laws of [] from 0",
      "End",
      "End"
    ])
  })
})

describe("drafts that are none are refused", () => {
  const drafted = (token: number, probs: ReadonlyArray<number>): Reply => ({
    _tag: "Pulled",
    drafted: [{ token, law: lawFrom(...probs) }]
  })
  test.each([
    ["another vocabulary", 0, [0.5, 0.5], "Cannot verify drafts from a law over 2 tokens: the target's has 4"],
    ["a negative probability", 0, [1.5, -0.5, 0, 0], "Cannot verify drafts from a law with a probability of -0.5"],
    ["no law", 0, [0.5, 0, 0, 0], "Cannot verify drafts from a law whose probabilities sum to 0.5"],
    ["NaN", 0, [Number.NaN, 0, 0, 1], "Cannot verify drafts from a law whose probabilities sum to NaN"],
    [
      "a token that its law excludes",
      1,
      [1, 0, 0, 0],
      "Cannot verify token 1: the law it is said to be drawn from excludes it"
    ],
    ["a token that is none", 7, [1, 0, 0, 0], "Cannot verify token 7: the law it is said to be drawn from excludes it"]
  ] as const)("%s", (_, token, probs, message) => {
    expect(play({ draftLength: 1 }, [], next, drafted(token, probs), "laws").said.at(-1)).toBe(message)
  })
  test("a law may sum to 1 but for rounding", () => {
    expect(play({ draftLength: 1 }, [], next, drafted(0, [1 - 1e-9, 0, 0, 0]), "laws").said.at(-1)).toContain("kept 0")
  })
})
