import * as Effect from "effect/Effect"
import { cut } from "../formula/syntax/syntax_error.ts"
import { Mistake } from "./mistake.ts"

/** Reads what `--adapter` says: `sentiment+=./joy`, folders by the names of adapters. */
export const adapterFolders = (
  texts: ReadonlyArray<string>
): Effect.Effect<Readonly<Record<string, string>>, Mistake> => {
  const folders = new Map<string, string>()
  for (const text of texts) {
    const [, name, folder] = /^\s*([^=]*[^=\s])\s*=\s*(\S.*?)\s*$/su.exec(text) ?? []
    if (name === undefined || folder === undefined) {
      return Effect.fail(new Mistake({ message: `Cannot read --adapter ${cut(text, 60)}: expected NAME=FOLDER` }))
    }
    if (folders.has(name)) return Effect.fail(new Mistake({ message: `Cannot give the adapter ${name} twice` }))
    folders.set(name, folder)
  }
  return Effect.succeed(Object.fromEntries(folders))
}
