import type { Tokenizer } from "./tokenizer.ts"

/** Sixteen hexadecimal digits of the size and of every (id, token) pair, in the order of the ids. */
export const fingerprint = (tokenizer: Tokenizer): string => {
  const tokens = Array.from({ length: tokenizer.size }, (_, id) => tokenizer.token(id) ?? null)
  return new Bun.CryptoHasher("sha256").update(JSON.stringify(tokens)).digest("hex").slice(0, 16)
}
