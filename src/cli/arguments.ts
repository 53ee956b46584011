/** Flags without a value. */
const switches = new Set(["--json", "--monitor", "--plan", "--stats"])

const flag = /^--?[A-Za-z][\w-]*(=[\s\S]*)?$/

/**
 * Lets a formula begin with a minus: an argument that begins with one, is no flag and is no flag's value goes behind
 * `--`, with the `-` that may follow it.
 */
export const withFormulaLast = (given: ReadonlyArray<string>): ReadonlyArray<string> => {
  const at = given.findIndex(
    (argument, i) =>
      argument.startsWith("-") &&
      argument.length > 1 &&
      argument !== "--" &&
      !flag.test(argument) &&
      !(given[i - 1]?.startsWith("--") && !given[i - 1]!.includes("=") && !switches.has(given[i - 1]!))
  )
  if (at < 0 || given.includes("--")) return given
  const rest = given.filter((argument, i) => i !== at && argument !== "-")
  return [...rest, "--", given[at]!, ...(given.includes("-") ? ["-"] : [])]
}
