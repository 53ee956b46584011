/**
 * The probability that a variable of Student's t distribution with a whole number of degrees of freedom lies within
 * `t` of 0, in closed form.
 *
 * Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4.
 */
export const withinT = (t: number, degrees: number): number => {
  const angle = Math.atan(t / Math.sqrt(degrees))
  const odd = degrees % 2 === 1
  const square = Math.cos(angle) ** 2
  let [sum, term] = [0, odd ? Math.cos(angle) : 1]
  for (let k = odd ? 3 : 2; k <= degrees; k += 2) {
    sum += term
    term *= (square * (k - 1)) / k
  }
  return odd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum
}

/** The `t` within which 95 % of Student's distribution lies. */
export const t95 = (degrees: number): number => {
  let [low, high] = [0, 1]
  while (withinT(high, degrees) < 0.95) high *= 2
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (withinT(middle, degrees) < 0.95) low = middle
    else high = middle
  }
  return high
}
