import * as Result from "effect/Result"
import { fromFiles } from "../../src/vocabulary/from_files.ts"

/** Four tokens: end-of-text, which also begins, then a, b, c. */
export const letters = Result.getOrThrow(
  fromFiles({
    name: "letters",
    tokenizerJson: {
      added_tokens: [
        { id: 0, content: "<end>", special: true, single_word: false, lstrip: false, rstrip: false, normalized: false }
      ],
      model: { type: "BPE", vocab: { "<end>": 0, a: 1, b: 2, c: 3 }, merges: [] },
      decoder: { type: "ByteLevel" },
      pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, use_regex: false }
    },
    tokenizerConfig: { bos_token: "<end>", eos_token: "<end>" }
  })
)
