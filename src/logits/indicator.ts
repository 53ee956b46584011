import type { Pending } from "./weighted_row.ts"
import { pending, type Weighted } from "./weighted_row.ts"

/** 1 where the score is >= 0, else 0: a factor for each token, or pending with its row. */
export const indicator = (self: Weighted): Float64Array | Pending =>
  self._tag === "Pending" ? pending : Float64Array.from(self.scores, (x) => (x >= 0 ? 1 : 0))
