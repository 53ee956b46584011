import { floats } from "../../../onnx/floats.ts"
import type { Open } from "../graph_session.ts"
import type { Settings } from "../settings.ts"
import type { Library } from "./library.ts"
import { openSession, type SessionOptions } from "./session.ts"
import { tensorValue } from "./tensor_value.ts"

/** Opens graphs through the C API, with tensors made anew for each run: for graphs whose inputs grow. */
export const openByLibrary =
  (
    library: Library,
    {
      interruption,
      settings,
      weights
    }: Pick<SessionOptions, "weights" | "interruption"> & { readonly settings: Settings }
  ): Open =>
  async (model) => {
    const { inputs, outputs } = model
    const session = openSession(library, model, { inputs, outputs, weights, interruption, settings })
    return {
      run: async (given, shapes) => {
        using owned = new DisposableStack()
        const made = outputs.map((name) => {
          const shape = shapes[name]!
          const data = floats(shape.reduce((product, size) => product * size, 1))
          return { name, data, value: owned.use(tensorValue(library, { type: "float32", shape, data })) }
        })
        const tensors = inputs.map((name) => owned.use(tensorValue(library, given[name]!)))
        const addresses = (values: ReadonlyArray<{ readonly pointer: number }>) =>
          BigUint64Array.from(values, ({ pointer }) => BigInt(pointer))
        session.run(addresses(tensors), addresses(made.map(({ value }) => value)))
        return Object.fromEntries(made.map(({ data, name }) => [name, data]))
      },
      release: async () => session[Symbol.dispose]()
    }
  }
