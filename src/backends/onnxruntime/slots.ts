/**
 * The numbers of sequences that one run is prepared for, ascending: those given, or by default all up to 8 for
 * small models and fewer for large ones. Each is a session, which costs the weights once more unless they are `shared`,
 * and time to open.
 */
export const slotsOf = (
  given: ReadonlyArray<number> | undefined,
  { parameters, shared }: { readonly parameters: number; readonly shared: boolean }
): ReadonlyArray<number> => {
  if (given !== undefined) return [...given].sort((a, b) => a - b)
  if (shared && parameters < 2 ** 25) return [1, 2, 3, 4, 5, 6, 7, 8]
  if (parameters < (shared ? 2 ** 28 : 2 ** 25)) return [1, 2, 3, 4, 6, 8]
  if (parameters < 2 ** 29) return [1, 4]
  return shared ? [1, 4] : [4]
}
