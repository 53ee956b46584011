import type { Matrix } from "./matrix.ts"
import type { Bits } from "./quantize.ts"

/**
 * Numbers of a model's matrices: float32; 8 bits; or 4 bits, with 8 for the head. Blocks of 64 or 32 numbers share a float32
 * scale, and in 4 bits a zero.
 */
export type Dtype = "fp32" | "int8" | "int4"

/** All of them. */
export const dtypes = ["fp32", "int8", "int4"] as const satisfies ReadonlyArray<Dtype>

/** Bits of the numbers of a matrix. The head of a model in 4 bits has 8: of what 4 bits cost, a quarter was the head's. */
export const dtypeBits = (dtype: Dtype, { head = false }: Matrix): Bits | 32 => {
  if (dtype === "fp32") return 32
  return dtype === "int8" || head ? 8 : 4
}
