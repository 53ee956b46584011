import { existsSync } from "node:fs"
import { join } from "node:path"
import { corpusFiles, recordsOf } from "../../src/embedded/train/corpora.ts"

/** Half of the openings are of stories, half of reviews: attributes show otherwise where a text already is of a kind. */
const kinds = [["fairy_tales", "adventure", "scifi"], ["reviews"]]

/** So many words of a paragraph are the opening. */
const words = 12

const corpora = join(import.meta.dir, "../../../shared/corpora")

/** Whether the held-out texts are here; the package comes without them. */
export const haveOpenings = (): boolean => existsSync(corpora)

/** The first words of `count` paragraphs, spread evenly over held-out stories and reviews, by turns. */
export const openings = (count: number): ReadonlyArray<string> => {
  const [stories, reviews] = kinds.map((domains) => of(domains, Math.ceil(count / 2)))
  return stories!.flatMap((story, i) => [story, ...reviews!.slice(i, i + 1)]).slice(0, count)
}

const of = (domains: ReadonlyArray<string>, count: number): ReadonlyArray<string> => {
  const files = corpusFiles(corpora, "heldout").filter((path) => domains.some((domain) => path.includes(domain)))
  const all = [...recordsOf(files)].flatMap(({ text }) =>
    text
      .split(/\n\n+/)
      .map((paragraph) => paragraph.split(/\s+/))
      .filter((paragraph) => paragraph.length > 2 * words && /^[A-Z]/.test(paragraph[0]!))
      .map((paragraph) => paragraph.slice(0, words).join(" "))
  )
  const length = Math.min(count, all.length)
  return Array.from({ length }, (_, i) => all[Math.floor((i * all.length) / length)]!)
}
