import phrasesByStyle from "./styles.json" with { type: "json" }

/** Phrases that stand for a style, by domain and label: one of them introduces a passage. As the tales model has them. */
const phrases: Readonly<Record<string, ReadonlyArray<string>>> = phrasesByStyle

/** The phrases of a record's style; `undefined` for a style that the tales model was not taught. */
export const phrasesOf = (domain: string, label: string | undefined): ReadonlyArray<string> | undefined =>
  phrases[`${domain} ${label}`] ??
  (domain === "informal" ? [`A comment that shows ${label}.`, "A comment on the internet."] : undefined)

/** Every phrase that is written down here, in order. */
export const allPhrases: ReadonlyArray<string> = Object.values(phrases).flat()
