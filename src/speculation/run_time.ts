import type { Calibration } from "./calibration.ts"

/**
 * What a run takes that scores `positions` new tokens of `sequences` sequences in all, from the points measured, each
 * moved half way to the plane over sequences and positions that fits them best, since single points are noisy: linear in
 * the positions between points of as many sequences and in the sequences between these, never falling with the
 * positions for numbers of sequences between those measured, and beyond the last point as steep as before it.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict"
 * import { Speculation } from "polylogit"
 *
 * const points = [[1, 1, 10], [1, 5, 14], [3, 3, 18], [3, 15, 30]] as const
 * const calibration = {
 *   points: points.map(([sequences, positions, milliseconds]) => ({ sequences, positions, milliseconds })),
 *   milliseconds: 0
 * }
 * const time = Speculation.runTime(calibration)
 * equal(time(1, 3).toFixed(6), "12.000000")
 * equal(time(1, 7).toFixed(6), "16.000000")
 * equal(time(2, 3).toFixed(6), "15.000000")
 * ```
 */
export const runTime = ({ points }: Calibration): ((sequences: number, positions: number) => number) => {
  const flat = plane(points)
  const moved = points.map((point) => ({ ...point, milliseconds: (point.milliseconds + flat(point)) / 2 }))
  const curves = [...Map.groupBy(moved, ({ sequences }) => sequences)]
    .sort(([a], [b]) => a - b)
    .map(([sequences, own]) => ({ sequences, at: rising(own) }))
  const known = new Map<number, number>()
  return (sequences, positions) => {
    const key = sequences * 4096 + positions
    const before = known.get(key)
    if (before !== undefined) return before
    const time = Math.max(
      0,
      between(
        curves.map((curve) => [curve.sequences, between(curve.at, positions)] as const),
        sequences
      )
    )
    known.set(key, time)
    return time
  }
}

type Curve = ReadonlyArray<readonly [x: number, y: number]>

/** The curve of one number of sequences: one point for each number of positions, none below one before it. */
const rising = (points: Calibration["points"]): Curve => {
  const out: Array<readonly [number, number]> = []
  for (const { milliseconds, positions } of points.toSorted((a, b) => a.positions - b.positions)) {
    const most = Math.max(milliseconds, out.at(-1)?.[1] ?? 0)
    if (out.at(-1)?.[0] === positions) out.pop()
    out.push([positions, most])
  }
  return out
}

/** Linear between points, and as steep before the first and behind the last one as beside them. */
const between = (curve: Curve, x: number): number => {
  const [first] = curve
  if (first === undefined) return 0
  if (curve.length === 1) return first[1]
  const found = curve.findIndex(([at]) => at >= x)
  const right = found < 0 ? curve.length - 1 : Math.max(1, found)
  const [x0, y0] = curve[right - 1]!
  const [x1, y1] = curve[right]!
  return y0 + ((y1 - y0) * (x - x0)) / (x1 - x0)
}

/** The plane with no slope below 0 that is closest to the points: least squares of the relative errors. */
const plane = (points: Calibration["points"]): ((at: Calibration["points"][number]) => number) => {
  const features = (at: Calibration["points"][number]) => [1, at.sequences, at.positions]
  const free = points.some(({ sequences }) => sequences !== points[0]!.sequences) ? [0, 1, 2] : [0, 2]
  for (let used = free; ; ) {
    const found = solve(
      points.map((point) => used.map((i) => features(point)[i]! / Math.max(1e-9, point.milliseconds)))
    )
    const bad = found.findIndex((x) => !(x >= 0))
    if (bad < 0) return (at) => used.reduce((sum, i, j) => sum + found[j]! * features(at)[i]!, 0)
    if (used.length === 1) return (at) => at.milliseconds
    used = used.filter((_, j) => j !== bad)
  }
}

/** The x for which all `rows` times x are closest to 1: Gaussian elimination on the normal equations. */
const solve = (rows: ReadonlyArray<ReadonlyArray<number>>): ReadonlyArray<number> => {
  const n = rows[0]?.length ?? 0
  // the smallest of pushes to the diagonal, so that fewer points than unknowns have a solution too
  const a = Array.from({ length: n }, (_, i) => [
    ...Array.from(
      { length: n },
      (_, j) => rows.reduce((sum, row) => sum + row[i]! * row[j]!, 0) * (i === j ? 1 + 1e-10 : 1)
    ),
    rows.reduce((sum, row) => sum + row[i]!, 0)
  ])
  for (let i = 0; i < n; i++) {
    for (let r = 0; r < n; r++) {
      if (r === i) continue
      const factor = a[r]![i]! / a[i]![i]!
      for (let j = i; j <= n; j++) a[r]![j]! -= factor * a[i]![j]!
    }
  }
  return a.map((row, i) => row[n]! / row[i]!)
}
