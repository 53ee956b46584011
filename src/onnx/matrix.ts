/** A matrix that multiplies from the right: tensors of the checkpoint whose outputs stand side by side. */
export interface Matrix {
  /** Tensors `[outputs, inputs]`, as PyTorch stores them. */
  readonly parts: ReadonlyArray<{ readonly name: string; readonly outputs: number }>
  readonly inputs: number
  /** Tensors are stored `[inputs, outputs]`. Default false. */
  readonly transposed?: boolean | undefined
  /** Which stored output comes first, second, …, counted over all parts. Default: as stored. */
  readonly order?: ReadonlyArray<number> | undefined
  /** One tensor `[outputs]` for each part, that is added. */
  readonly biases?: ReadonlyArray<string> | undefined
  /** It gives the logits: 4 bits are too few for it, and it is kept in 8. Default false. */
  readonly head?: boolean | undefined
}

/** How many numbers a matrix gives for each token. */
export const outputsOf = ({ parts }: Matrix): number => parts.reduce((sum, { outputs }) => sum + outputs, 0)

/** A name for the numbers of a matrix: that of its tensor where it is one as it stands. */
export const nameOf = ({ order, parts, transposed }: Matrix): string => {
  const names = parts.map(({ name }) => name).join("+")
  const ordered = order === undefined ? "" : `:ordered${order.reduce((sum, from) => (sum * 31 + from) % 1e12, 7)}`
  return `${names}${transposed ? ":transposed" : ""}${ordered}`
}

type Numbers = (name: string, shape: ReadonlyArray<number>) => Float32Array

/** The numbers of a matrix, `[outputs, inputs]`. */
export const arrange = (matrix: Matrix, numbers: Numbers): Float32Array => {
  const { inputs, order, parts, transposed = false } = matrix
  const pieces = parts.map(({ name, outputs }) =>
    transposed ? transpose(numbers(name, [inputs, outputs]), inputs, outputs) : numbers(name, [outputs, inputs])
  )
  return reorder(join(pieces), inputs, order)
}

/** The biases of a matrix, `[outputs]`. */
export const arrangeBiases = (
  { order, parts }: Matrix,
  biases: ReadonlyArray<string>,
  numbers: Numbers
): Float32Array => reorder(join(biases.map((name, i) => numbers(name, [parts[i]!.outputs]))), 1, order)

const join = (pieces: ReadonlyArray<Float32Array>): Float32Array => {
  if (pieces.length === 1) return pieces[0]!
  const joined = new Float32Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    joined.set(piece, at)
    at += piece.length
  }
  return joined
}

/** Rows of `width` numbers in the order of a matrix. */
export const reorder = (numbers: Float32Array, width: number, order: Matrix["order"]): Float32Array => {
  if (order === undefined) return numbers
  const ordered = new Float32Array(numbers.length)
  order.forEach((from, to) => void ordered.set(numbers.subarray(from * width, (from + 1) * width), to * width))
  return ordered
}

const transpose = (numbers: Float32Array, rows: number, columns: number): Float32Array => {
  const turned = new Float32Array(numbers.length)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) turned[column * rows + row] = numbers[row * columns + column]!
  }
  return turned
}
