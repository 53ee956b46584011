import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { FormulaError } from "./errors.ts"
import { children, fold, postorder } from "./fold.ts"
import { type Any, type Formula, isFormula, type NamedModels } from "./formula.ts"
import { type FormulaJson, MAX_DEPTH, MAX_NODES, type NodeJson } from "./syntax/node_json.ts"
import { readFormula } from "./syntax/node_reader.ts"
import { nodeJson, unwritable } from "./syntax/node_writer.ts"
import { excerpt } from "./syntax/print.ts"

export type { CoefficientJson, FormulaJson, NodeJson } from "./syntax/node_json.ts"

/**
 * A formula as JSON data, ready for `JSON.stringify`.
 *
 * Errors: a `FormulaError` that names what JSON cannot express: a model value, a stream, a map, a number that is not
 * finite, more than 1000 levels.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Result } from "effect"
 * import { Formula } from "polylogit"
 *
 * const json = Result.getOrThrow(Formula.toJson(Formula.scale(Formula.prompt("Be kind."), 2)))
 * deepEqual(json, { version: 1, formula: { _tag: "Scale", by: 2, of: { _tag: "Model", prompt: "Be kind." } } })
 * deepEqual(Result.map(Formula.fromJson(json), Formula.print), Result.succeed('2 * prompt("Be kind.")'))
 * ```
 */
export const toJson = (formula: Any): Result.Result<FormulaJson, FormulaError> => {
  for (const node of postorder(formula)) {
    const problem = unwritable(node)
    if (problem !== undefined) return Result.fail(cannotWrite(node, problem))
  }
  const extent = fold<{ readonly depth: number; readonly nodes: number }>(formula, (node, of) => {
    let depth = 0
    let nodes = 1
    for (const below of children(node).map(of)) {
      depth = Math.max(depth, below.depth)
      nodes += below.nodes
    }
    return { depth: depth + 1, nodes }
  })
  if (extent.depth > MAX_DEPTH) return Result.fail(cannotWrite(formula, `it is nested more than ${MAX_DEPTH} deep`))
  if (extent.nodes > MAX_NODES)
    return Result.fail(cannotWrite(formula, `written out it has more than ${MAX_NODES} nodes`))
  return Result.succeed({ version: 1, formula: fold<NodeJson>(formula, nodeJson) })
}

const cannotWrite = (part: Any, problem: string): FormulaError => {
  const text = excerpt(part)
  return new FormulaError({ part: text, message: `Cannot write ${text} as JSON: ${problem}` })
}

/**
 * Reads a formula from JSON data, as `JSON.parse` gives it. Whether its numbers make sense is not looked at.
 *
 * Errors: a `FormulaError` with the path of the first thing that is not as it must be.
 */
export const fromJson = (json: unknown): Result.Result<Formula<NamedModels>, FormulaError> => {
  try {
    return Result.succeed(readFormula(json) as Formula<NamedModels>)
  } catch (error) {
    if (error instanceof FormulaError) return Result.fail(error)
    throw error
  }
}

const isRecord = (u: unknown): u is FormulaJson => typeof u === "object" && u !== null

const named = (u: unknown): u is Formula<NamedModels> => isFormula(u)

const toEffect = <A>(
  result: Result.Result<A, FormulaError>,
  input: unknown,
  options: Parameters<typeof Schema.decodeUnknownEffect>[1]
) =>
  Effect.fromResult(Result.mapError(result, ({ message }) => new SchemaIssue.InvalidValue({ message }, input, options)))

/**
 * `toJson` and `fromJson` as a schema: for formulas inside other data.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict"
 * import { Schema } from "effect"
 * import { Formula } from "polylogit"
 *
 * const Preset = Schema.fromJsonString(Schema.Struct({ name: Schema.String, formula: Formula.FormulaFromJson }))
 * const text = Schema.encodeSync(Preset)({ name: "plain", formula: Formula.model("small") })
 * deepEqual(text, '{"name":"plain","formula":{"version":1,"formula":{"_tag":"Model","model":"small"}}}')
 * deepEqual(Formula.print(Schema.decodeSync(Preset)(text).formula), 'model("small")')
 * ```
 */
export const FormulaFromJson: Schema.Codec<Formula<NamedModels>, FormulaJson> = Schema.declare(isRecord, {
  expected: "a formula as JSON"
}).pipe(
  Schema.decodeTo(
    Schema.declare(named, { expected: "a formula" }),
    SchemaTransformation.transformEffect({
      decode: (json, options) => toEffect(fromJson(json), json, options),
      encode: (formula, options) => toEffect(toJson(formula), formula, options)
    })
  )
)
