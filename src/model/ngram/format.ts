/**
 * The bytes of a saved n-gram model, numbers little-endian:
 *
 * - `plng`, the version (1 byte), the order (1 byte), V (4 bytes);
 * - the fingerprint: its length in bytes (4 bytes), then UTF-8;
 * - three discounts of each level (float64);
 * - each level in exponential Golomb codes: how many grams each context has; then, for each context that has some, its
 *   left-over count, and for each of its grams the distance from the token before and the count less one; zeros up to
 *   a whole byte;
 * - the CRC-32 of everything before it (4 bytes).
 */
export const magic = "plng"

/** Of the format; other versions are refused. */
export const version = 1

/** Bytes before the fingerprint. */
export const headerSize = 14

/** The bytes of one level's discounts. */
export const discountsSize = 24

/** Where small numbers end in the codes of counts and left-over counts: chosen on the model of the tales vocabulary. */
export const countCode = 2

/** Where small distances end for a context with `grams` of V tokens: a quarter of the mean distance. */
export const distanceCode = (vocabularySize: number, grams: number): number =>
  31 - Math.clz32(Math.max(1, Math.floor(vocabularySize / (4 * grams + 4))))
