/** ` (did you mean "…"?)` with the candidate that is nearest to a name, or nothing where none is near. */
export const didYouMean = (name: string, candidates: Iterable<string>): string => {
  const found = nearest(name, candidates)
  return found === undefined ? "" : ` (did you mean ${JSON.stringify(found)}?)`
}

/** The candidate with the fewest edits, the first of equal ones; at most 2, and fewer than the name has letters. */
export const nearest = (name: string, candidates: Iterable<string>): string | undefined => {
  let best: string | undefined
  let least = Math.min(name.length <= 3 ? 1 : 2, name.length - 1) + 1
  if (name.length > 40) return undefined
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) >= least) continue
    const edits = distance(name.toLowerCase(), candidate.toLowerCase())
    if (edits < least) {
      best = candidate
      least = edits
    }
  }
  return best
}

/** Letters to insert, delete, replace, or swap with their neighbor (optimal string alignment). */
const distance = (a: string, b: string): number => {
  let twoAbove: Array<number> = []
  let above = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const least = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + same)
      row.push(swapped ? Math.min(least, twoAbove[j - 2]! + 1) : least)
    }
    twoAbove = above
    above = row
  }
  return above[b.length]!
}
