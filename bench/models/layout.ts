/** What a tensor is filled with: numbers spread evenly around a center. A spread of 0 around 0 gives zeros of either sign. */
export interface Fill {
  readonly center: number
  /** The distance between the smallest number and the largest. */
  readonly spread: number
}

/** One tensor of a made model. */
export interface MadeTensor {
  readonly name: string
  readonly shape: ReadonlyArray<number>
  readonly fill: Fill
}

/** Everything about a made model but its numbers. */
export interface Layout {
  /** The text of config.json. */
  readonly config: string
  readonly type: "F16" | "F32"
  readonly tensors: ReadonlyArray<MadeTensor>
  readonly parameters: number
  /** The first bytes of model.safetensors. They name what it is made of and how, so that an outdated model shows. */
  readonly header: Uint8Array
}

/** The number of elements of a tensor. */
export const sizeOf = ({ shape }: { readonly shape: ReadonlyArray<number> }): number =>
  shape.reduce((product, size) => product * size, 1)

/** Bytes of one number. */
export const widthOf = (type: Layout["type"]): number => (type === "F16" ? 2 : 4)

/** The layout of a model with these tensors; `made` goes into the header. */
export const layoutOf = (options: {
  readonly config: object
  readonly type: Layout["type"]
  readonly tensors: ReadonlyArray<MadeTensor>
  readonly made: Readonly<Record<string, string>>
}): Layout => ({
  config: JSON.stringify(options.config, undefined, 2),
  type: options.type,
  tensors: options.tensors,
  parameters: options.tensors.reduce((sum, one) => sum + sizeOf(one), 0),
  header: headerOf(options)
})

const headerOf = ({ made, tensors, type }: Parameters<typeof layoutOf>[0]): Uint8Array => {
  const entries: Record<string, unknown> = { __metadata__: { format: "pt", ...made } }
  let end = 0
  for (const tensor of tensors) {
    const begin = end
    end += widthOf(type) * sizeOf(tensor)
    entries[tensor.name] = { dtype: type, shape: tensor.shape, data_offsets: [begin, end] }
  }
  const text = JSON.stringify(entries)
  const header = new Uint8Array(8 + 8 * Math.ceil(text.length / 8)).fill(" ".charCodeAt(0))
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - 8), true)
  header.set(new TextEncoder().encode(text), 8)
  return header
}
