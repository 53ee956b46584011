/**
 * All points of the simplex on a grid: every way to share 1 among `count` attributes in steps of `step`, from the whole
 * for the first to the whole for the last. For sweeps over lambda.
 *
 * Errors: throws `RangeError` unless `count` is a whole number above 0 and `step` a whole fraction of 1.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Interpolation } from "polylogit"
 *
 * deepEqual([...Interpolation.simplex(2, 0.25)], [[1, 0], [0.75, 0.25], [0.5, 0.5], [0.25, 0.75], [0, 1]])
 * deepEqual([...Interpolation.simplex(5, 0.2)].length, 126)
 * ```
 */
export const simplex = (count: number, step: number): IterableIterator<ReadonlyArray<number>> => {
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(`Cannot share 1 among ${count} attributes: a whole number above 0`)
  }
  const steps = Math.round(1 / step)
  if (!(step > 0 && Math.abs(steps * step - 1) <= 1e-9)) {
    throw new RangeError(`Cannot share 1 in steps of ${step}: it has to be a whole number of them`)
  }
  return points(count, steps)
}

/** From the last place that can give a step to its right, all that stands behind it moves up to it. */
function* points(count: number, steps: number): Generator<ReadonlyArray<number>> {
  const parts = [steps, ...new Array<number>(count - 1).fill(0)]
  for (;;) {
    yield parts.map((part) => part / steps)
    const at = parts.findLastIndex((part, i) => part > 0 && i < count - 1)
    if (at < 0) return
    const behind = parts[count - 1]!
    parts[count - 1] = 0
    parts[at]!--
    parts[at + 1] = behind + 1
  }
}
