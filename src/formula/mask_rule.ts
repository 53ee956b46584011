import type { Truncation } from "../logits/truncation.ts"

/** What a mask keeps of its term's law. `plausible` and `minP` are one rule under the names of two papers. */
export type MaskRule =
  | { readonly _tag: "topK"; readonly k: number }
  | { readonly _tag: "topP"; readonly p: number }
  | { readonly _tag: "minP"; readonly p: number }
  | { readonly _tag: "plausible"; readonly share: number }
  | { readonly _tag: "truncate"; readonly topK: number; readonly topP: number; readonly temperature: number }

/** The truncation that a rule stands for. */
export const toTruncation = (rule: MaskRule): Truncation => {
  switch (rule._tag) {
    case "topK":
      return { topK: rule.k }
    case "topP":
      return { topP: rule.p }
    case "minP":
      return { minP: rule.p }
    case "plausible":
      return { minP: rule.share }
    case "truncate":
      return { topK: rule.topK, topP: rule.topP, temperature: rule.temperature }
  }
}

/** Whether a rule can make a token impossible. */
export const canExclude = (rule: MaskRule): boolean => {
  const { topK = 0, topP = 1, minP = 0 } = toTruncation(rule)
  return topK > 0 || topP < 1 || minP > 0
}
