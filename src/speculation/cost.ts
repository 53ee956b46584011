/**
 * What a stage of a chain gives in the long run, taken to be the same in every block and independent: how many tokens a
 * block gives, and what a block costs with all that the stages before it do for it.
 */
export interface Flow {
  /** `sizes[n]`: the probability that a block gives n tokens. */
  readonly sizes: Float64Array
  /** The mean cost of a block. Units: ms. */
  readonly cost: number
  /** The mean number of tokens of a block. */
  readonly tokens: number
}

/** How a stage checks drafts. */
export interface Check {
  readonly draftLength: number
  readonly bonus: boolean
  /** The probability that so many drafts of a block are kept at least: `survival`. */
  readonly survival: ReadonlyArray<number>
  /** What a block of so many drafts costs, with a law for a bonus token or without. Units: ms. */
  readonly call: (drafts: number, bonus: boolean) => number
}

/** Cost of one token. Units: ms. */
export const perToken = ({ cost, tokens }: Flow): number => cost / tokens

/** A first stage: one token for one call. */
export const proposal = (cost: number): Flow => ({ sizes: Float64Array.of(0, 1), cost, tokens: 1 })

/**
 * A stage over another, in the long run. For one draft stage that costs C1 a token and calls that cost C2 it is the
 * expression of the paper, with s = draftLength + 1 and a bonus token: (1 - a) ((s - 1) C1 + C2) / (1 - a^s). Over
 * stages that give several tokens at once, those not yet checked stay for the next block, and the number that is held
 * where a block begins is a Markov chain, whose stationary law is what counts.
 *
 * Source: arXiv:2311.14479, section 4.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict"
 * import { Speculation } from "polylogit"
 *
 * const [a, C1, C2, s] = [0.5, 1, 10, 3]
 * const check = { draftLength: s - 1, bonus: true, survival: [1, a, a ** 2], call: () => C2 }
 * const flow = Speculation.verification(Speculation.proposal(C1), check)
 * equal(Speculation.perToken(flow), ((1 - a) * ((s - 1) * C1 + C2)) / (1 - a ** s))
 * ```
 */
export const verification = (above: Flow, { bonus, call, draftLength, survival }: Check): Flow => {
  const burst = above.sizes.length - 1
  const { left, pulls } = gathering(above.sizes, draftLength)
  const whole = survival[draftLength]!
  const held = stationary(left, whole)
  let used = 0
  let empty = 0
  for (let h = 0; h < burst; h++) {
    used += held[h]! * pulls[h]!
    empty += held[h]! * left[h]![0]!
  }
  const more = bonus ? empty : 0
  const sizes = new Float64Array(draftLength + (bonus ? 2 : 1))
  for (let kept = 0; kept < draftLength; kept++) sizes[kept + 1]! += survival[kept]! - survival[kept + 1]!
  sizes[draftLength]! += whole * (1 - more)
  if (bonus) sizes[draftLength + 1]! += whole * more
  const cost =
    used * above.cost + (more > 0 ? more * call(draftLength, true) : 0) + (1 - more) * call(draftLength, false)
  return { sizes, cost, tokens: sizes.reduce((sum, p, n) => sum + n * p, 0) }
}

/**
 * Beginning with h drafts: how many blocks of the stage above it takes to have as many as are wanted, in the mean, and
 * the law of the number that is left over.
 */
const gathering = (sizes: Float64Array, wanted: number) => {
  const burst = sizes.length - 1
  const most = Math.max(wanted, burst)
  const pulls = new Float64Array(most)
  const left: Array<Float64Array> = Array.from({ length: most }, () => new Float64Array(burst))
  for (let h = most - 1; h >= 0; h--) {
    const own = left[h]!
    if (h >= wanted) {
      own[h - wanted] = 1
      continue
    }
    pulls[h] = 1
    for (let n = 1; n <= burst; n++) {
      const p = sizes[n]!
      if (p === 0) continue
      if (h + n >= wanted) own[h + n - wanted]! += p
      else {
        pulls[h]! += p * pulls[h + n]!
        const later = left[h + n]!
        for (let l = 0; l < burst; l++) own[l]! += p * later[l]!
      }
    }
  }
  return { left, pulls }
}

/**
 * The law of the number of drafts that are held where a block begins: after a block that was kept whole what was left
 * over, else none. Solves `x(l) = whole * sum over h of x(h) left(h)(l)` for l > 0, with x(0) = 1, and normalizes.
 */
const stationary = (left: ReadonlyArray<Float64Array>, whole: number): Float64Array => {
  const burst = left[0]!.length
  const out = new Float64Array(burst)
  out[0] = 1
  if (burst === 1) return out
  // row l: the equation of x(l); the last column is the right side
  const rows = Array.from({ length: burst - 1 }, (_, i) => {
    const row = new Float64Array(burst)
    for (let h = 1; h < burst; h++) row[h - 1] = (h === i + 1 ? 1 : 0) - whole * left[h]![i + 1]!
    row[burst - 1] = whole * left[0]![i + 1]!
    return row
  })
  for (const [i, pivot] of rows.entries()) {
    for (const row of rows.slice(i + 1)) {
      const factor = row[i]! / pivot[i]!
      if (factor === 0) continue
      for (let j = i; j < burst; j++) row[j]! -= factor * pivot[j]!
    }
  }
  let sum = 1
  for (let i = burst - 2; i >= 0; i--) {
    let x = rows[i]![burst - 1]!
    for (let j = i + 1; j < burst - 1; j++) x -= rows[i]![j]! * out[j + 1]!
    out[i + 1] = x / rows[i]![i]!
    sum += out[i + 1]!
  }
  for (let h = 0; h < burst; h++) out[h]! /= sum
  return out
}
