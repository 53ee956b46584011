import { describe, expect, test } from "bun:test"
import * as fc from "fast-check"
import { casesOf, changed, classify, distance, families, folderOf, withClassifier } from "./golden.ts"

for (const family of families) {
  describe(`the checkpoint ${family} gives the logits of Hugging Face`, () => {
    const cases = casesOf(family)
    const texts = cases.map(({ tokens }) => tokens)
    const logits = cases.map(({ logits }) => logits)

    test.each(["main", "worker"] as const)("alone and in ragged batches, on the thread %p", (thread) =>
      withClassifier(
        folderOf(family),
        async (classifier) => {
          expect(texts.map(({ length }) => length)).toEqual([2, 9, 33])
          const alone = await Promise.all(texts.map(async (text) => (await classify(classifier, [text]))[0]!))
          const together = await classify(classifier, texts)
          const many = await classify(classifier, [...texts, ...texts.toReversed(), ...texts])
          const expected = [...logits, ...logits.toReversed(), ...logits]
          const off = [distance(alone, logits), distance(together, logits), distance(many, expected)]
          console.log(`${family}, ${thread}: ${off.map((one) => one.toExponential(1)).join(", ")} off`)
          for (const one of off) expect(one).toBeLessThan(2e-5)
        },
        { thread, runLength: 2048 }
      )
    )

    test("no text changes the row of another, whatever goes together", () =>
      withClassifier(
        folderOf(family),
        (classifier) =>
          fc.assert(
            fc.asyncProperty(
              fc.array(fc.array(fc.integer({ min: 0, max: 159 }), { minLength: 1, maxLength: 40 }), {
                minLength: 1,
                maxLength: 8
              }),
              async (texts) => {
                const together = await classify(classifier, texts)
                const alone = []
                for (const text of texts) alone.push(...(await classify(classifier, [text])))
                expect(distance(together, alone)).toBeLessThan(2e-5)
              }
            ),
            { numRuns: 30 }
          ),
        { runLength: 128 }
      ))
  })
}

test.each(["int8", "int4"] as const)(
  "quantized to %p the logits are near, and no text changes the row of another",
  (dtype) =>
    withClassifier(
      folderOf("bert"),
      async (classifier) => {
        const cases = casesOf("bert")
        const texts = cases.map(({ tokens }) => tokens)
        const together = await classify(classifier, texts)
        const far = distance(
          together,
          cases.map(({ logits }) => logits)
        )
        console.log(`bert, ${dtype}: ${far.toExponential(1)} off`)
        expect(far).toBeGreaterThan(1e-4)
        expect(far).toBeLessThan(dtype === "int8" ? 0.1 : 1)
        for (const [i, text] of texts.entries()) {
          expect(distance(await classify(classifier, [text]), [together[i]!])).toBeLessThan(2e-5)
        }
      },
      { dtype, runLength: 2048 }
    )
)

test("the order of tokens and what comes last count", () =>
  withClassifier(folderOf("bert"), async (classifier) => {
    const [one, other, third] = await classify(classifier, [
      [2, 7, 9, 3],
      [2, 9, 7, 3],
      [2, 7, 9, 4]
    ])
    expect(distance([one!], [other!])).toBeGreaterThan(0.01)
    expect(distance([one!], [third!])).toBeGreaterThan(0.01)
  }))

test("XLM-RoBERTa is RoBERTa under another name", () =>
  withClassifier(changed("roberta", { architectures: ["XLMRobertaForSequenceClassification"] }), async (classifier) => {
    const [{ logits, tokens }] = casesOf("roberta").slice(1) as [ReturnType<typeof casesOf>[number]]
    expect(distance(await classify(classifier, [tokens]), [logits])).toBeLessThan(2e-5)
  }))
