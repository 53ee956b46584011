import type { Dtype } from "../../onnx/dtype.ts"
import { LoadFailure } from "./load_failure.ts"

/**
 * Refuses an exported graph that holds other numbers than those asked for: it is run as it is. Operators and attributes
 * are found by their bytes, whatever else the file holds. Errors: throws `LoadFailure`.
 */
export const refuseOtherDtype = (file: string, asked: Dtype | undefined): void => {
  if (asked === undefined) return
  const { buffer, byteLength, byteOffset } = Bun.mmap(file)
  const held = dtypeOf(Buffer.from(buffer, byteOffset, byteLength))
  if (held !== asked) {
    throw new LoadFailure(
      `Cannot load ${file} as ${asked}: it is an exported graph, which is run as it is, and its matrices are ${held}`
    )
  }
}

const dtypeOf = (graph: Buffer): Dtype => {
  // an attribute of a node: its name and, as field 3, its number
  const fourBits = Buffer.from([10, 4, ...Buffer.from("bits"), 24, 4])
  if (graph.includes("MatMulNBits")) return graph.includes(fourBits) ? "int4" : "int8"
  return ["MatMulInteger", "DynamicQuantizeMatMul", "QLinearMatMul"].some((name) => graph.includes(name))
    ? "int8"
    : "fp32"
}
