/** A Llama to be made up: what its config.json says. */
export interface Shape {
  readonly vocabulary: number
  readonly hidden: number
  readonly inner: number
  readonly layers: number
  readonly heads: number
  readonly keyValueHeads: number
  readonly headSize: number
  readonly tied: boolean
  readonly attentionBias: boolean
  readonly mlpBias: boolean
  readonly rotation: number
  readonly activate: (x: number) => number
}

type Weights = ReadonlyMap<string, { readonly shape: ReadonlyArray<number>; readonly data: Float32Array }>

/** Weights that look random, by the names of Hugging Face. */
export const madeUpWeights = (shape: Shape): Weights => {
  const weights = new Map<string, { shape: ReadonlyArray<number>; data: Float32Array }>()
  let state = 1
  const add = (name: string, dimensions: ReadonlyArray<number>) => {
    const data = new Float32Array(dimensions.reduce((a, b) => a * b))
    const scale = dimensions.length === 1 ? 0.5 : 2 / Math.sqrt(dimensions[1]!)
    for (let i = 0; i < data.length; i++) {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0
      data[i] = (state / 2 ** 32 - 0.5) * scale + (name.includes("norm") ? 1 : 0)
    }
    weights.set(name, { shape: dimensions, data })
  }
  const { attentionBias, hidden, inner, mlpBias, vocabulary } = shape
  const [wide, narrow] = [shape.heads * shape.headSize, shape.keyValueHeads * shape.headSize]
  const linear = (name: string, outputs: number, inputs: number, bias: boolean) => {
    add(`${name}.weight`, [outputs, inputs])
    if (bias) add(`${name}.bias`, [outputs])
  }
  add("model.embed_tokens.weight", [vocabulary, hidden])
  for (let layer = 0; layer < shape.layers; layer++) {
    const at = `model.layers.${layer}`
    add(`${at}.input_layernorm.weight`, [hidden])
    add(`${at}.post_attention_layernorm.weight`, [hidden])
    linear(`${at}.self_attn.q_proj`, wide, hidden, attentionBias)
    linear(`${at}.self_attn.k_proj`, narrow, hidden, attentionBias)
    linear(`${at}.self_attn.v_proj`, narrow, hidden, attentionBias)
    linear(`${at}.self_attn.o_proj`, hidden, wide, attentionBias)
    linear(`${at}.mlp.gate_proj`, inner, hidden, mlpBias)
    linear(`${at}.mlp.up_proj`, inner, hidden, mlpBias)
    linear(`${at}.mlp.down_proj`, hidden, inner, mlpBias)
  }
  add("model.norm.weight", [hidden])
  if (!shape.tied) add("lm_head.weight", [vocabulary, hidden])
  return weights
}

type Vector = ReadonlyArray<number>

/** The rows of a Llama, written out plainly in float64: what the graphs are compared with. */
export const referenceRows = (shape: Shape, weights: Weights, tokens: ReadonlyArray<number>): Array<Float32Array> => {
  const { headSize, heads, keyValueHeads } = shape
  const tensor = (name: string) => weights.get(name)!
  const slice = (name: string, row: number, size: number): Vector =>
    Array.from(tensor(name).data.subarray(row * size, (row + 1) * size))
  const dot = (a: Vector, b: Vector) => a.reduce((sum, x, i) => sum + x * b[i]!, 0)
  const add = (a: Vector, b: Vector): Vector => a.map((x, i) => x + b[i]!)
  const norm = (x: Vector, name: string): Vector => {
    const scale = 1 / Math.sqrt(dot(x, x) / x.length + 1e-5)
    return x.map((value, i) => value * scale * tensor(name).data[i]!)
  }
  const linear = (name: string, x: Vector): Vector => {
    const bias = weights.get(`${name}.bias`)?.data
    const [outputs, inputs] = tensor(`${name}.weight`).shape as [number, number]
    return Array.from({ length: outputs }, (_, o) => dot(slice(`${name}.weight`, o, inputs), x) + (bias?.[o] ?? 0))
  }
  const rotate = (x: Vector, position: number): Vector =>
    x.map((value, i) => {
      const [head, at, half] = [i - (i % headSize), i % headSize, headSize / 2]
      const angle = (position * shape.rotation) / 10_000 ** ((2 * (at % half)) / headSize)
      const partner = at < half ? -x[head + at + half]! : x[head + at - half]!
      return value * Math.cos(angle) + partner * Math.sin(angle)
    })
  const part = (x: Vector, head: number) => x.slice(head * headSize, (head + 1) * headSize)

  let stream = tokens.map((token) => slice("model.embed_tokens.weight", token, shape.hidden))
  for (let layer = 0; layer < shape.layers; layer++) {
    const at = `model.layers.${layer}`
    const normed = stream.map((x) => norm(x, `${at}.input_layernorm.weight`))
    const project = (name: string) => normed.map((x) => linear(`${at}.self_attn.${name}`, x))
    const [queries, keys] = ["q_proj", "k_proj"].map((name) => project(name).map(rotate))
    const values = project("v_proj")
    stream = stream.map((x, now) => {
      const attended = Array.from({ length: heads }, (_, head) => {
        const shared = Math.floor(head / (heads / keyValueHeads))
        const scores = Array.from({ length: now + 1 }, (_, then) =>
          Math.exp(dot(part(queries![now]!, head), part(keys![then]!, shared)) / Math.sqrt(headSize))
        )
        const total = scores.reduce((a, b) => a + b)
        return Array.from({ length: headSize }, (_, i) =>
          scores.reduce((sum, score, then) => sum + (score / total) * part(values[then]!, shared)[i]!, 0)
        )
      }).flat()
      const middle = add(x, linear(`${at}.self_attn.o_proj`, attended))
      const after = norm(middle, `${at}.post_attention_layernorm.weight`)
      const up = linear(`${at}.mlp.up_proj`, after)
      const gated = linear(`${at}.mlp.gate_proj`, after).map((g, i) => shape.activate(g) * up[i]!)
      return add(middle, linear(`${at}.mlp.down_proj`, gated))
    })
  }
  const head = shape.tied ? "model.embed_tokens" : "lm_head"
  return stream.map((x) => Float32Array.from(linear(head, norm(x, "model.norm.weight"))))
}
