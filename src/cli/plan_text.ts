import * as Effect from "effect/Effect"
import type { Formula } from "../formula/formula.ts"
import { isLeaf } from "../formula/leaves.ts"
import { cut } from "../formula/syntax/syntax_error.ts"
import type { Models } from "../model/models.ts"
import type { Switch } from "../speculation/plan.ts"
import type { Speculate } from "../speculation/schedule.ts"
import { Mistake } from "./mistake.ts"

/** What a plan may name besides numbers. */
export type Names = Readonly<Record<string, Formula<Models>>>

type Fixed = Extract<Speculate, { readonly order: unknown }>

/**
 * Reads `auto`, `off`, or plans: `1 > 2:4 > 3+4:3` are groups of terms, by number or by a name of one, each but the first
 * with its draft length. Behind that, `!` means that no token follows a block kept whole, and `+1` that one does.
 * `1 > 2:4; @40 1 > 2:8` goes over to another plan at position 40.
 */
export const readPlan = (text: string, names: Names): Effect.Effect<Speculate, Mistake> =>
  text.trim() === "auto" || text.trim() === "off"
    ? Effect.succeed(text.trim() as "auto" | "off")
    : Effect.forEach(text.split(";"), (part) => readOne(part, text, names))

/** The text of plans, as `readPlan` reads it. */
export const printPlans = (plans: ReadonlyArray<Switch>): string =>
  plans
    .map(({ at, bonus, draftLengths, order }) => {
      const groups = order.map((group, i) => {
        const extra = bonus === undefined ? "" : bonus[i - 1] ? "+1" : "!"
        return i === 0 ? group.join("+") : `${group.join("+")}:${draftLengths[i - 1]}${extra}`
      })
      return `${at === 0 ? "" : `@${at} `}${groups.join(" > ")}`
    })
    .join("; ")

const readOne = (part: string, text: string, names: Names): Effect.Effect<Fixed, Mistake> =>
  Effect.gen(function* () {
    const refuse = (reason: string) =>
      new Mistake({ message: `Cannot read --speculate ${JSON.stringify(cut(text, 60))}: ${reason}` })
    const [, at, body] = /^\s*(?:@(\d{1,15})\s)?([^@]*)$/.exec(part) ?? []
    if (body === undefined) return yield* refuse("@ and a position stand before a plan, as in '1 > 2:4; @40 1 > 2:8'")
    const order: Array<ReadonlyArray<number | Formula<Models>>> = []
    const draftLengths: Array<number> = []
    const bonus: Array<boolean> = []
    for (const [i, group] of body.split(">").entries()) {
      const shown = JSON.stringify(cut(group.trim(), 40))
      const [, list, length, extra] = /^([^:]*)(?::\s*(\d{1,15})\s*(!|\+\s*1)?)?\s*$/.exec(group) ?? []
      if (list === undefined) return yield* refuse(`expected ${expected}, and ${shown} came`)
      if (i === 0 && length !== undefined) return yield* refuse("the first group drafts and has no draft length")
      if (i > 0 && length === undefined) return yield* refuse(`${shown} has no draft length, as :4 in '1 > 2:4'`)
      const terms = []
      for (const term of list.split("+")) terms.push(yield* readTerm(term.trim(), names, refuse))
      order.push(terms)
      if (length !== undefined) draftLengths.push(Number(length))
      if (extra !== undefined) bonus.push(extra !== "!")
    }
    if (bonus.length > 0 && bonus.length < draftLengths.length) {
      return yield* refuse("! and +1 stand behind every draft length or behind none")
    }
    return {
      order,
      draftLengths,
      ...(bonus.length > 0 ? { bonus } : {}),
      ...(at === undefined ? {} : { at: Number(at) })
    }
  })

const expected = "auto, off, or groups of terms such as '1 > 2:4 > 3+4:3'"

const readTerm = (
  text: string,
  names: Names,
  refuse: (reason: string) => Mistake
): Effect.Effect<number | Formula<Models>, Mistake> => {
  if (/^\d{1,15}$/.test(text)) return Effect.succeed(Number(text))
  const shown = JSON.stringify(cut(text, 40))
  if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(text)) return Effect.fail(refuse(`expected ${expected}, and ${shown} came`))
  const found = Object.hasOwn(names, text) ? names[text]! : undefined
  if (found !== undefined && isLeaf(found)) return Effect.succeed(found)
  const leaves = Object.keys(names).filter((name) => isLeaf(names[name]!))
  return Effect.fail(
    refuse(
      found === undefined
        ? `there is no term named ${shown}; give a number as 'polylogit explain' lists them${leaves.length > 0 ? `, or one of ${cut(leaves.join(", "), 80)}` : ""}`
        : `${shown} names a formula that is not a single term; give the numbers or names of its terms`
    )
  )
}
