import * as Result from "effect/Result"
import { cut } from "../formula/syntax/syntax_error.ts"
import { isFreeName } from "../formula/syntax/words.ts"
import { ExperimentError } from "./experiment_error.ts"

/** A parameter and the values that it takes, in order. */
export interface Axis {
  readonly name: string
  readonly points: ReadonlyArray<number>
}

const MAX_POINTS = 1000

/**
 * Reads an axis: `x=0..2:0.2` goes from 0 to 2 in steps of 0.2 and ends at 2 if a step falls on it, `x=0,0.5,1` lists its
 * points. Points are computed as the decimals that they are: the third step is 0.6.
 *
 * Errors: `ExperimentError` for what is no axis.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Result } from "effect"
 * import { Evaluation } from "polylogit"
 *
 * deepEqual(Result.getOrThrow(Evaluation.parseAxis("x=0..1:0.3")), { name: "x", points: [0, 0.3, 0.6, 0.9] })
 * ```
 */
export const parseAxis = (text: string): Result.Result<Axis, ExperimentError> => {
  const refuse = (reason: string) =>
    Result.fail(new ExperimentError({ message: `Cannot read ${JSON.stringify(cut(text, 60))} as an axis: ${reason}` }))
  const [, name, values] = /^\s*([^=]*?)\s*=([\s\S]*)$/.exec(text) ?? []
  if (name === undefined || values === undefined) return refuse("expected NAME=FROM..TO:STEP or NAME=A,B,C")
  if (!isFreeName(name)) return refuse(`${JSON.stringify(cut(name, 40))} is no name, or a word of the formula language`)
  const numbers = values.split(/\.\.|[:,]/)
  const isRange = values.includes("..") || values.includes(":")
  if (isRange && !/^[^:,]*?\.\.[^:,]*:[^:,]*$/.test(values)) {
    return refuse("expected FROM..TO:STEP, as 0..2:0.2, or points with commas between")
  }
  if (isRange && numbers.length !== 3) {
    return refuse("expected FROM..TO:STEP, as 0..2:0.2, or points with commas between")
  }
  const bad = numbers.find((one) => decimal(one) === undefined)
  if (bad !== undefined) return refuse(`${JSON.stringify(cut(bad, 40))} is not a number`)
  const read = numbers.map((one) => decimal(one)!)
  if (!isRange) {
    const points = read.map(toNumber)
    const twice = points.find((point, i) => points.indexOf(point) < i)
    if (twice !== undefined) return refuse(`${twice} stands there twice`)
    return points.length > MAX_POINTS ? refuse(tooMany(points.length)) : Result.succeed({ name, points })
  }
  const digits = Math.max(...read.map((one) => one.digits))
  const [from, to, step] = read.map((one) => one.units * 10n ** BigInt(digits - one.digits)) as [bigint, bigint, bigint]
  if (step === 0n) return refuse("the step is 0")
  if (from !== to && step > 0n !== to > from) return refuse(`steps of ${toNumber(read[2]!)} never come to the end`)
  const steps = (to - from) / step
  if (steps >= MAX_POINTS) return refuse(tooMany(steps + 1n))
  const points = Array.from({ length: Number(steps) + 1 }, (_, i) =>
    toNumber({ units: from + BigInt(i) * step, digits })
  )
  return Result.succeed({ name, points })
}

const tooMany = (count: number | bigint) => `it has ${count} points, and ${MAX_POINTS} are the most`

/** A number as a person writes it: `units` / 10^`digits`. */
interface Decimal {
  readonly units: bigint
  readonly digits: number
}

const decimal = (text: string): Decimal | undefined => {
  const [, sign, whole, point, rest, bare, power] =
    /^\s*([+-]?)(?:(\d{1,40})(\.(\d{0,40}))?|\.(\d{1,40}))(?:e([+-]?\d{1,2}))?\s*$/i.exec(text) ?? []
  if (sign === undefined) return undefined
  const fraction = (point === undefined ? bare : rest) ?? ""
  const units = BigInt(`${whole ?? ""}${fraction}`) * (sign === "-" ? -1n : 1n)
  const digits = fraction.length - Number(power ?? 0)
  return digits >= 0 ? { units, digits } : { units: units * 10n ** BigInt(-digits), digits: 0 }
}

const toNumber = ({ digits, units }: Decimal): number => Number(`${units}e-${digits}`)
