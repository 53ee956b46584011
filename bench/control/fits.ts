/** The slope of y over x by least squares, and how much of the variance of y it explains. */
export const line = (points: ReadonlyArray<readonly [x: number, y: number]>): { slope: number; r2: number } => {
  const mean = (values: ReadonlyArray<number>) => values.reduce((sum, v) => sum + v, 0) / values.length
  const [mx, my] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))]
  const xy = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0)
  const xx = points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0)
  const yy = points.reduce((sum, [, y]) => sum + (y - my) ** 2, 0)
  return { slope: xy / xx, r2: xy ** 2 / (xx * yy) }
}

/** y where a line through neighbours first reaches x; `undefined` where it never does. */
export const crossing = (points: ReadonlyArray<readonly [x: number, y: number]>, at: number): number | undefined => {
  for (const [i, [x1, y1]] of points.slice(1).entries()) {
    const [x0, y0] = points[i]!
    if (x0 <= at && at <= x1 && x1 > x0) return y0 + ((at - x0) / (x1 - x0)) * (y1 - y0)
  }
  return undefined
}
