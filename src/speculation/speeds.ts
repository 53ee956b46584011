/** A number that is not known for certain: its mean and its variance. */
interface Unknown {
  mean: number
  variance: number
}

/** How plans went, against what they were expected to take. */
export interface Speeds {
  /** Plans of this order took so long for what was expected to cost so much. */
  readonly add: (order: string, milliseconds: number, cost: number) => void
  /** The factor by which plans of this order are slower than expected, whatever else the machine is doing. */
  readonly factor: (order: string) => number
  /** The standard deviation of its logarithm. */
  readonly doubt: (order: string) => number
  /** The factor by which the machine is slower at present than when it was measured. */
  readonly load: () => number
  /** Some time has passed, and the machine may be doing something else. */
  readonly pause: () => void
}

/** Standard deviations of logarithms, to begin with. */
const first = { load: 0.3, speculating: 0.12, order: 0.06, noise: 0.1 }
/** What comes to them with every observation. */
const drift = { load: 0.06, speculating: 0.004, order: 0.004 }

/**
 * The logarithm of time over expectation as a sum: the load of the machine, which changes by itself; what all plans that
 * speculate have in common, which calls and laws do not show; what those of one order have; and noise, whose size is
 * learned too. Each observation moves what it depends on in proportion to how uncertain that is (a Kalman filter without
 * the covariances), so that plans are compared that were gone by at different times. `plain` is the order of the plan
 * without speculation, which differs from its expectation by the load alone.
 */
export const speeds = (plain: string): Speeds => {
  const load: Unknown = { mean: 0, variance: first.load ** 2 }
  const speculating: Unknown = { mean: 0, variance: first.speculating ** 2 }
  const orders = new Map<string, Unknown>()
  let noise = first.noise ** 2
  const parts = (order: string): ReadonlyArray<Unknown> => {
    if (order === plain) return []
    const own = orders.get(order) ?? { mean: 0, variance: first.order ** 2 }
    orders.set(order, own)
    return [speculating, own]
  }
  return {
    add: (order, milliseconds, cost) => {
      if (!(milliseconds > 0 && cost > 0)) return
      const all = [load, ...parts(order)]
      const mean = all.reduce((sum, one) => sum + one.mean, 0)
      const known = all.reduce((sum, one) => sum + one.variance, 0)
      const error = Math.log(milliseconds / cost) - mean
      // what is far off is noise of the machine, more likely than not
      const within = 3 * Math.sqrt(known + noise)
      const clipped = Math.max(-within, Math.min(within, error))
      const total = known + noise
      noise = Math.max(0.02 ** 2, 0.9 * noise + 0.1 * Math.max(0, clipped ** 2 - known))
      for (const one of all) {
        const gain = one.variance / total
        one.mean += gain * clipped
        one.variance *= 1 - gain
      }
      load.variance += drift.load ** 2
      speculating.variance = Math.min(first.speculating ** 2, speculating.variance + drift.speculating ** 2)
      for (const one of orders.values()) one.variance = Math.min(first.order ** 2, one.variance + drift.order ** 2)
    },
    factor: (order) => Math.exp(parts(order).reduce((sum, one) => sum + one.mean, 0)),
    doubt: (order) => Math.sqrt(parts(order).reduce((sum, one) => sum + one.variance, 0)),
    load: () => Math.exp(load.mean),
    pause: () => {
      load.variance += first.load ** 2
    }
  }
}
