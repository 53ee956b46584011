/** Index of a token: an integer in `[0, vocabularySize)`. */
export type TokenId = number
