/** What Python takes for white space, where JavaScript's list is another. */
const space = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000"

const lineBreak = "\\r\\n|[\\n-\\r\\x1c-\\x1e\\x85\\u2028\\u2029]"

const setOf = (characters: unknown): string =>
  typeof characters === "string" ? characters.replace(/[\]\\^-]/g, "\\$&") : space

const ends = (left: boolean, right: boolean) => (text: string, characters?: unknown) => {
  if (characters === "") return text
  const set = `[${setOf(characters)}]+`
  const cut = left ? text.replace(new RegExp(`^${set}`, "u"), "") : text
  return right ? cut.replace(new RegExp(`${set}$`, "u"), "") : cut
}

/** The elements of a list, which the template engine passes as its own values. */
const texts = (list: unknown): ReadonlyArray<string> => {
  if (!Array.isArray(list)) throw new Error("join() needs a list")
  return list.map((item: { readonly value: unknown }) => String(item.value))
}

const methods: { readonly [name: string]: (text: string, ...rest: ReadonlyArray<unknown>) => unknown } = {
  strip: ends(true, true),
  lstrip: ends(true, false),
  rstrip: ends(false, true),
  capitalize: (text) => text.slice(0, 1).toUpperCase() + text.slice(1).toLowerCase(),
  removeprefix: (text, prefix) => (text.startsWith(String(prefix)) ? text.slice(String(prefix).length) : text),
  removesuffix: (text, suffix) =>
    suffix !== "" && text.endsWith(String(suffix)) ? text.slice(0, -String(suffix).length) : text,
  find: (text, part) => text.indexOf(String(part)),
  splitlines: (text) =>
    text === "" ? [] : text.replace(new RegExp(`(?:${lineBreak})$`), "").split(new RegExp(lineBreak)),
  isdigit: (text) => /^\p{Nd}+$/u.test(text),
  join: (text, list) => texts(list).join(text)
}

/** No name in a template has a dot, so these are out of its reach. */
const nameOf = (method: string): string => `str.${method}`

/** Python's methods of strings that the template engine lacks or gives another meaning, as global functions. */
export const pythonMethods: { readonly [name: string]: (text: unknown, ...rest: ReadonlyArray<unknown>) => unknown } =
  Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [
      nameOf(name),
      (text: unknown, ...rest: ReadonlyArray<unknown>) => {
        if (typeof text !== "string") throw new Error(`${name}() needs a text`)
        return method(text, ...rest)
      }
    ])
  )

interface Node {
  type?: string
  callee?: Node
  args?: ReadonlyArray<unknown>
  object?: unknown
  property?: Node
  computed?: boolean
  value?: unknown
}

/** Turns each `text.strip("x")` of a parsed template into a call of the function above, in place. */
export const callPythonMethods = (node: unknown): void => {
  if (typeof node !== "object" || node === null) return
  if (node instanceof Map) {
    for (const pair of node) pair.forEach(callPythonMethods)
    return
  }
  for (const child of Object.values(node)) callPythonMethods(child)
  const { args, callee, type } = node as Node
  if (type !== "CallExpression" || callee?.type !== "MemberExpression" || callee.computed === true) return
  const method = String(callee.property?.value)
  if (!Object.hasOwn(methods, method)) return
  Object.assign(node, { callee: { type: "Identifier", value: nameOf(method) }, args: [callee.object, ...(args ?? [])] })
}
