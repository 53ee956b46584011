import { existsSync } from "node:fs"
import { join } from "node:path"
import { corpusFiles, recordsOf } from "../../src/embedded/train/corpora.ts"

/** Stories: texts that are of no mind about what the attributes are of. */
const domains = ["fairy_tales", "adventure", "scifi"]

/** So many words of a paragraph are the opening. */
const words = 12

const corpora = join(import.meta.dir, "../../../shared/corpora")

/** Whether the held-out texts are here; the package comes without them. */
export const haveOpenings = (): boolean => existsSync(corpora)

/** The first words of `count` paragraphs, spread evenly over the held-out stories. */
export const openings = (count: number): ReadonlyArray<string> => {
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
