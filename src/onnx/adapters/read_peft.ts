import type { Checkpoint } from "../checkpoint.ts"
import { CheckpointError } from "../checkpoint_error.ts"
import { toFloat32 } from "../float32.ts"
import type { Adapter, LowRank } from "./adapter.ts"
import type { Blueprint } from "./blueprint.ts"
import { parsePeftConfig } from "./peft_config.ts"

/** What a PEFT adapter is made from. */
export interface PeftFiles {
  readonly name: string
  /** adapter_config.json, and what it is called in messages. */
  readonly config: { readonly file: string; readonly text: string }
  /** adapter_model.safetensors */
  readonly checkpoint: Checkpoint
}

/**
 * The LoRA adapter that PEFT saved, for a base of the given blueprint.
 *
 * Errors: throws `CheckpointError` where it is of another kind, and where it was trained on another base: the message
 * names the module, and the shape that does not fit.
 */
export const readPeft = ({ checkpoint, config, name }: PeftFiles, base: Blueprint): Adapter => {
  const sizes = parsePeftConfig(config.text, config.file)
  const refuse = (what: string): never => {
    throw new CheckpointError(`Cannot use ${name} as an adapter of this base: ${what}`)
  }
  const updates = new Map<string, LowRank>()
  for (const module of modulesOf(checkpoint, refuse)) {
    const tensor = tensorOf(base, module)
    if (tensor === undefined) return refuse(`${module} is no matrix of it`)
    const { inputs, outputs, transposed } = base.matrices.get(tensor)!
    const { rank, scale } = sizes(module)
    const numbers = (part: "A" | "B", shape: readonly [number, number]) =>
      finite(read(checkpoint, nameOf(module, part), shape, refuse), nameOf(module, part), refuse)
    const down = numbers("A", [rank, inputs])
    updates.set(tensor, { rank, scale, inputs, outputs, down, up: numbers("B", [outputs, rank]), transposed })
  }
  return updates.size > 0 ? { kind: "low-rank", name, updates } : refuse("it holds no tensor")
}

const nameOf = (module: string, part: "A" | "B") => `base_model.model.${module}.lora_${part}.weight`

const modulesOf = (checkpoint: Checkpoint, refuse: (what: string) => never): ReadonlySet<string> => {
  const modules = new Set<string>()
  for (const tensor of checkpoint.names) {
    const module = /^base_model\.model\.(.+)\.lora_[AB]\.weight$/.exec(tensor)?.[1]
    if (module === undefined) return refuse(`its tensor ${tensor} is no lora_A.weight and no lora_B.weight of a module`)
    modules.add(module)
  }
  return modules
}

/** The base may be saved without the first word of all names, or the adapter made for a base without it. */
const tensorOf = ({ matrices }: Blueprint, module: string): string | undefined => {
  const own = `${module}.weight`
  if (matrices.has(own)) return own
  return [...matrices.keys()].find((name) => own.endsWith(`.${name}`) || name.endsWith(`.${own}`))
}

const read = (
  checkpoint: Checkpoint,
  name: string,
  [rows, columns]: readonly [number, number],
  refuse: (what: string) => never
): Float32Array => {
  if (!checkpoint.has(name)) return refuse(`there is no ${name}`)
  const { shape } = checkpoint.stored(name)!
  if (`${shape}` !== `${[rows, columns]}`) {
    return refuse(
      `${name} has the shape [${shape}] where the base and adapter_config.json ask for [${rows},${columns}]`
    )
  }
  return toFloat32(name, checkpoint.tensor(name, shape))
}

const finite = (numbers: Float32Array, name: string, refuse: (what: string) => never): Float32Array =>
  numbers.every(Number.isFinite) ? numbers : refuse(`${name} holds a number that is infinite or none`)
