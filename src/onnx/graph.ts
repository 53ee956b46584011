import { bytes, float, int, type Message, message, string, toBytes } from "./protobuf.ts"

/** The name of a tensor inside a graph. An empty name leaves out an optional input or output. */
export type Value = string

/** Element types, with their numbers in ONNX. */
export const elementType = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  bfloat16: 16
} as const
/** The name of an element type. */
export type ElementType = keyof typeof elementType

/** A dimension: a size, or the name of one that is known only when the graph runs. */
export type Dimension = number | string

/** What a node is told besides its inputs; `{ float }` because a JavaScript number does not say which it is. */
export type Attribute = number | string | ReadonlyArray<number> | { readonly float: number }

/** Bytes of a constant: either here, or a range of a file beside the model, which the runtime reads itself. */
export type WeightData = Uint8Array | { readonly file: string; readonly offset: number; readonly byteLength: number }

/** A constant tensor that is handed to the runtime beside the model, so that several models share it. */
export interface Side {
  readonly name: Value
  readonly type: ElementType
  readonly shape: ReadonlyArray<number>
  readonly data: Uint8Array
}

/** Collects the nodes of one ONNX graph, in the order in which they run. */
export interface Graph {
  /** Adds a node with one output and names it. `domain`: `""` for ONNX itself, `"com.microsoft"` for contributed ones. */
  readonly node: (operator: string, inputs: ReadonlyArray<Value>, options?: NodeOptions) => Value
  /** Adds a node with several outputs: as many as `outputs` says, or those it names. */
  readonly nodes: (
    operator: string,
    inputs: ReadonlyArray<Value>,
    outputs: number | ReadonlyArray<Value>,
    options?: NodeOptions
  ) => ReadonlyArray<Value>
  readonly input: (name: Value, type: ElementType, shape: ReadonlyArray<Dimension>) => Value
  /** Makes `value` an output of the graph, under `name`. */
  readonly output: (name: Value, value: Value, type: ElementType, shape: ReadonlyArray<Dimension>) => void
  /** A constant tensor of the model's own; the same name twice is the same tensor. */
  readonly weight: (name: Value, type: ElementType, shape: ReadonlyArray<number>, data: WeightData) => Value
  /** A constant tensor beside the model; the same name twice is the same tensor. */
  readonly beside: (side: Side) => Value
  /** What the runtime has to be handed beside the file. */
  readonly sides: () => ReadonlyArray<Side>
  /** The file of ONNX: a `ModelProto`. */
  readonly toBytes: () => Uint8Array<ArrayBuffer>
}

/** Where a node's operator comes from, and what the node is told besides its inputs. */
export interface NodeOptions {
  readonly domain?: "" | "com.microsoft"
  readonly attributes?: Readonly<Record<string, Attribute>>
}

/** An empty graph. */
export const make = (): Graph => {
  const nodes: Array<Message> = []
  const weights = new Map<Value, Message>()
  const sides = new Map<Value, Side>()
  const inputs: Array<Message> = []
  const outputs: Array<Message> = []

  const add: Graph["nodes"] = (operator, from, to, { domain = "", attributes = {} } = {}) => {
    const name = `${operator}_${nodes.length}`
    const results = typeof to === "number" ? Array.from({ length: to }, (_, i) => `${name}_${i}`) : to
    nodes.push(
      message(1, [
        ...from.map((input) => string(1, input)),
        ...results.map((output) => string(2, output)),
        string(3, name),
        string(4, operator),
        ...Object.entries(attributes).map(([key, value]) => message(5, attribute(key, value))),
        string(7, domain)
      ])
    )
    return results
  }

  return {
    node: (operator, from, options) => add(operator, from, 1, options)[0]!,
    nodes: add,
    input: (name, type, shape) => {
      inputs.push(message(11, valueInfo(name, type, shape)))
      return name
    },
    output: (name, value, type, shape) => {
      if (value !== name) add("Identity", [value], [name])
      outputs.push(message(12, valueInfo(name, type, shape)))
    },
    weight: (name, type, shape, data) => {
      if (!weights.has(name)) weights.set(name, message(5, tensor(name, type, shape, data)))
      return name
    },
    beside: (side) => {
      if (!sides.has(side.name)) {
        const { data, name, shape, type } = side
        // a file of its own, which is named after it
        const place = { file: name, offset: 0, byteLength: data.byteLength }
        weights.set(name, message(5, tensor(name, type, shape, place)))
        sides.set(name, side)
      }
      return side.name
    },
    sides: () => [...sides.values()],
    toBytes: () =>
      toBytes([
        int(1, 10), // version of the file format
        string(2, "polylogit"),
        message(7, [...nodes, string(2, "decoder"), ...weights.values(), ...inputs, ...outputs]),
        message(8, [string(1, ""), int(2, 23)]), // 23 is the first operator set with Attention
        message(8, [string(1, "com.microsoft"), int(2, 1)])
      ])
  }
}

const attribute = (name: string, value: Attribute): ReadonlyArray<Message> => {
  if (typeof value === "number") return [string(1, name), int(3, value), int(20, 2)]
  if (typeof value === "string") return [string(1, name), string(4, value), int(20, 3)]
  if ("float" in value) return [string(1, name), float(2, value.float), int(20, 1)]
  return [string(1, name), ...value.map((item) => int(8, item)), int(20, 7)]
}

const valueInfo = (name: Value, type: ElementType, shape: ReadonlyArray<Dimension>): ReadonlyArray<Message> => {
  const dimensions = shape.map((size) => message(1, [typeof size === "number" ? int(1, size) : string(2, size)]))
  return [string(1, name), message(2, [message(1, [int(1, elementType[type]), message(2, dimensions)])])]
}

const tensor = (
  name: Value,
  type: ElementType,
  shape: ReadonlyArray<number>,
  data: WeightData
): ReadonlyArray<Message> => {
  const head = [...shape.map((size) => int(1, size)), int(2, elementType[type]), string(8, name)]
  if (data instanceof Uint8Array) return [...head, bytes(9, data)]
  const entry = (key: string, value: string | number) => message(13, [string(1, key), string(2, `${value}`)])
  return [
    ...head,
    entry("location", data.file),
    entry("offset", data.offset),
    entry("length", data.byteLength),
    int(14, 1)
  ]
}
