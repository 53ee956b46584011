/** Scores as models give them: a few likely tokens, and a broad rest. */
export const scores = (size: number, seed: number): Float32Array => {
  let x = seed
  const coin = () => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0
    return (x + 0.5) / 2 ** 32
  }
  return Float32Array.from(
    { length: size },
    () => 3 * Math.sqrt(-2 * Math.log(coin())) * Math.cos(2 * Math.PI * coin())
  )
}
