import { test } from "bun:test"
import { existsSync } from "node:fs"
import { join } from "node:path"
import * as Result from "effect/Result"
import { tokenizerFromJson } from "../../src/vocabulary/hugging_face_tokenizer.ts"
import type { Tokenizer } from "../../src/vocabulary/tokenizer.ts"

const root = join(import.meta.dir, "../..")

/** Where the files of other projects lie: beside the repository, never in it. */
export const shared = join(root, "../shared")

/** The tokenizer of our own model: in the package, or beside it until it is there. */
export const talesFolder = [join(root, "src/embedded/tales"), join(shared, "models/tales")].find((folder) =>
  existsSync(join(folder, "tokenizer.json"))
)

export const parsed = async (path: string): Promise<unknown> =>
  (await Bun.file(path).exists()) ? Bun.file(path).json() : undefined

/** The tokenizer of a folder with tokenizer.json and, perhaps, tokenizer_config.json. */
export const tokenizerIn = async (folder: string): Promise<Tokenizer> =>
  Result.getOrThrow(
    tokenizerFromJson(await parsed(join(folder, "tokenizer.json")), await parsed(join(folder, "tokenizer_config.json")))
  )

/** A test of a file beside the repository, skipped, with the reason in its name, where the file is not there. */
export const testWith = (file: string | undefined, name: string, body: (file: string) => Promise<void>): void => {
  if (file !== undefined && existsSync(file)) test(name, () => body(file))
  else test.skip(`${name} (needs ${file ?? "src/embedded/tales"})`, () => {})
}
