import { safetensors } from "./safetensors_file.ts"

/** A module that an adapter changes. */
export interface Module {
  readonly name: string
  readonly inputs: number
  readonly outputs: number
  /** Default 4. */
  readonly rank?: number
}

/** Numbers between -0.25 and 0.25 that `seed` decides. */
export const noise = (count: number, seed: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: count }, (_, i) => (((i + 1) * 7919 + seed * 104_729) % 1009) / 2018 - 0.25)

/** The two numbers of tensors of a module's update, `[rank, inputs]` and `[outputs, rank]`. */
export const updateOf = ({ inputs, outputs, rank = 4 }: Module, seed: number) => ({
  down: noise(rank * inputs, 2 * seed),
  up: noise(outputs * rank, 2 * seed + 1)
})

/** A safetensors file of float32 tensors. */
export const floatTensors = (
  tensors: ReadonlyArray<{ readonly name: string; readonly shape: ReadonlyArray<number>; readonly data: Float32Array }>
): Uint8Array<ArrayBuffer> => {
  let at = 0
  const entries = tensors.map(({ data, name, shape }) => {
    at += data.byteLength
    return [name, { dtype: "F32", shape, data_offsets: [at - data.byteLength, at] }] as const
  })
  const bytes = new Uint8Array(at)
  at = 0
  for (const { data } of tensors) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at)
    at += data.byteLength
  }
  return safetensors(Object.fromEntries(entries), bytes)
}

/** The files of a LoRA adapter as PEFT saves them: `scale = lora_alpha / r = 2` where `config` does not say otherwise. */
export const peftFiles = (
  modules: ReadonlyArray<Module>,
  seed: number,
  config: object = {}
): Readonly<Record<"adapter_config.json" | "adapter_model.safetensors", string | Uint8Array>> => ({
  "adapter_config.json": JSON.stringify({ peft_type: "LORA", bias: "none", r: 4, lora_alpha: 8, ...config }),
  "adapter_model.safetensors": floatTensors(
    modules.flatMap((module, i) => {
      const { inputs, name, outputs, rank = 4 } = module
      const { down, up } = updateOf(module, 100 * seed + i)
      return [
        { name: `base_model.model.${name}.lora_A.weight`, shape: [rank, inputs], data: down },
        { name: `base_model.model.${name}.lora_B.weight`, shape: [outputs, rank], data: up }
      ]
    })
  )
})
