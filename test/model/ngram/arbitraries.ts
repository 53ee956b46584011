import * as fc from "fast-check"
import type { FitOptions } from "../../../src/model/ngram/fit.ts"

/** Token sequences, some empty, with the options to fit them by: any order, with and without pruning. */
export const corpora: fc.Arbitrary<{ sequences: Array<Array<number>>; options: FitOptions }> = fc
  .integer({ min: 1, max: 9 })
  .chain((vocabularySize) =>
    fc.record({
      sequences: fc.array(fc.array(fc.nat(vocabularySize - 1), { maxLength: 40 }), { maxLength: 8 }),
      options: fc.record({
        order: fc.integer({ min: 1, max: 6 }),
        vocabularySize: fc.constant(vocabularySize),
        minCounts: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 6 }),
        minGain: fc.constantFrom(0, 0, 0.001, 0.01, 0.1)
      })
    })
  )

/** Contexts of a vocabulary, of any length, unseen ones and unknown tokens among them. */
export const contexts = fc.array(fc.nat(9), { maxLength: 8 })
