import type { Value } from "./graph.ts"
import type { Normalize, Residual } from "./normalization.ts"
import type { Place } from "./place.ts"

/** One layer of a decoder: from the stream before it to the stream behind it. */
export type Layer = (place: Place, residual: Residual) => Residual

/** A part of a layer, and the name that its tensors begin with. */
export type Part<A> = readonly [name: string, part: A]

/** What a layer is made of. */
export interface Parts {
  readonly attention: Part<(place: Place, x: Value) => Value>
  readonly perceptron: Part<(place: Place, x: Value) => Value>
  /** Normalizes the stream for the attention and for the perceptron; their names. */
  readonly norms: readonly [string, string]
  readonly normalize: Normalize
}

/** `x += attention(norm(x))`, then `x += perceptron(norm(x))`. */
export const preNorm =
  ({ attention: [attentionName, attend], norms, normalize, perceptron: [perceptronName, perceive] }: Parts): Layer =>
  (place, residual) => {
    const before = normalize(place.at(norms[0]), residual)
    const attended = attend(place.at(attentionName), before.normed)
    const between = normalize(place.at(norms[1]), { sum: before.sum, added: attended })
    return { sum: between.sum, added: perceive(place.at(perceptronName), between.normed) }
  }

/** `x += attention(norm(x)) + perceptron(norm(x))`. */
export const parallel =
  ({ attention: [attentionName, attend], norms, normalize, perceptron: [perceptronName, perceive] }: Parts): Layer =>
  (place, residual) => {
    const first = normalize(place.at(norms[0]), residual)
    const second = normalize(place.at(norms[1]), { sum: first.sum })
    const attended = attend(place.at(attentionName), first.normed)
    const perceived = perceive(place.at(perceptronName), second.normed)
    return { sum: first.sum, added: place.graph.node("Add", [perceived, attended]) }
  }

/** `x += norm(attention(x))`, then `x += norm(perceptron(x))`. */
export const postNorm =
  ({ attention: [attentionName, attend], norms, normalize, perceptron: [perceptronName, perceive] }: Parts): Layer =>
  (place, residual) => {
    const behind = (name: string, x: Value) => normalize(place.at(name), { sum: x }).normed
    const before = added(place, residual)
    const attended = behind(norms[0], attend(place.at(attentionName), before))
    const between = added(place, { sum: before, added: attended })
    return { sum: between, added: behind(norms[1], perceive(place.at(perceptronName), between)) }
  }

/** `x += norm(attention(norm(x)))`, then `x += norm(perceptron(norm(x)))`; `after` names the norms behind. */
export const bothNorms = (parts: Parts & { readonly after: readonly [string, string] }): Layer => {
  const behind =
    (name: string, [at, part]: Parts["attention"]): Parts["attention"][1] =>
    (place, x) =>
      parts.normalize(place.at(name), { sum: part(place.at(at), x) }).normed
  return preNorm({
    ...parts,
    attention: ["", behind(parts.after[0], parts.attention)],
    perceptron: ["", behind(parts.after[1], parts.perceptron)]
  })
}

const added = (place: Place, { added, sum }: Residual): Value =>
  added === undefined ? sum : place.graph.node("Add", [sum, added])

/** The names that most families give the parts of a layer. */
export const usualNorms = ["input_layernorm", "post_attention_layernorm"] as const
