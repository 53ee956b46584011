/** How plans went, against what they were expected to take. */
export interface Speeds {
  /** Plans of this order took so long for what was expected to cost so much. */
  readonly add: (order: string, milliseconds: number, cost: number) => void
  /** The factor by which plans of this order are slower than expected, whatever else the machine is doing. */
  readonly factor: (order: string) => number
  /** The standard deviation of its logarithm. */
  readonly doubt: (order: string) => number
  /** Some time has passed, and the machine may be doing something else. */
  readonly pause: () => void
}

/** Standard deviations of logarithms, to begin with. */
const first = { load: 0.3, speculating: 0.12, order: 0.04, noise: 0.1 }
/** What comes to them with every observation. */
const drift = { load: 0.06, speculating: 0.006, order: 0.004 }

/**
 * The logarithm of time over expectation as a sum: the load of the machine, which changes by itself; what all plans that
 * speculate have in common, which calls and laws do not show; what those of one order have; and noise, whose size is
 * learned too. A Kalman filter, so that plans are compared that were gone by at different times; what is far off counts
 * when it comes twice. `plain` is the order of the plan without speculation, which differs from its expectation by the
 * load alone.
 */
export const speeds = (plain: string): Speeds => {
  // the load, what speculating has in common, and one for each order
  const means = [0, 0]
  const drifts = [drift.load, drift.speculating]
  const covariance = [
    [first.load ** 2, 0],
    [0, first.speculating ** 2]
  ]
  const places = new Map<string, number>()
  let noise = first.noise ** 2
  let surprises = 0
  const parts = (order: string): ReadonlyArray<number> => {
    if (order === plain) return []
    let place = places.get(order)
    if (place === undefined) {
      place = means.push(0) - 1
      drifts.push(drift.order)
      for (const row of covariance) row.push(0)
      covariance.push(means.map((_, i) => (i === place ? first.order ** 2 : 0)))
      places.set(order, place)
    }
    return [1, place]
  }
  const variance = (of: ReadonlyArray<number>): number =>
    of.reduce((sum, i) => sum + of.reduce((row, j) => row + covariance[i]![j]!, 0), 0)
  const mean = (of: ReadonlyArray<number>): number => of.reduce((sum, i) => sum + means[i]!, 0)

  return {
    add: (order, milliseconds, cost) => {
      if (!(milliseconds > 0 && cost > 0)) return
      const own = parts(order)
      const all = [0, ...own]
      const error = Math.log(milliseconds / cost) - mean(all)
      const known = variance(all)
      // what is far off is noise of the machine; twice in a row it is an expectation that was wrong
      const within = 3 * Math.sqrt(known + noise)
      surprises = Math.abs(error) <= within ? 0 : surprises + 1
      if (surprises > 1) for (const i of own.length > 0 ? own : all) covariance[i]![i]! += (error / 2) ** 2
      const clipped = surprises > 1 ? error : Math.max(-within, Math.min(within, error))
      if (surprises === 0) noise = Math.max(0.02 ** 2, 0.9 * noise + 0.1 * Math.max(0, clipped ** 2 - known))
      const total = variance(all) + noise
      const shared = means.map((_, i) => all.reduce((sum, j) => sum + covariance[i]![j]!, 0))
      for (const [i, row] of covariance.entries()) {
        means[i]! += (shared[i]! / total) * clipped
        for (const j of row.keys()) row[j]! -= (shared[i]! * shared[j]!) / total
        row[i]! += drifts[i]! ** 2
      }
    },
    factor: (order) => Math.exp(mean(parts(order))),
    doubt: (order) => Math.sqrt(Math.max(0, variance(parts(order)))),
    pause: () => {
      covariance[0]![0]! += first.load ** 2
    }
  }
}
