import { existsSync } from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"
import type { ModelName } from "./prepare.ts"
import type { Dtype } from "./protocol.ts"

/** A line of a table: one runtime with so many threads, in a process of its own. */
export interface Contender {
  readonly runtime: string
  readonly threads: number
  readonly dtypes: ReadonlyArray<Dtype>
  /** The only models of its line. Default: all. */
  readonly only?: ReadonlyArray<ModelName> | undefined
  /** The command that serves the protocol for a model's folder. */
  readonly command: (folder: string, dtype: Dtype) => ReadonlyArray<string>
  /** Why it cannot run here, if it cannot. */
  readonly missing?: string | undefined
  /** What our first runtime must be faster by, each with the number of threads that suits it. */
  readonly bar?: (model: ModelName, dtype: Dtype) => number | undefined
}

/** Where the Python of Hugging Face is looked for: outside of the project, it is 6 GB. */
const python = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "polylogit/python")
const pythonMissing = `${python} is not there; make it with: python3 -m venv ${python} && ${python}/bin/pip install torch transformers==5.23.0`

type Command = (folder: string, dtype: Dtype, threads: number) => ReadonlyArray<string>

const inBun =
  (file: string): Command =>
  (folder, dtype, threads) => [
    ...[process.execPath, join(import.meta.dir, "child.ts"), join(import.meta.dir, "contenders", file)],
    ...[folder, dtype, `${threads}`]
  ]

const inPython =
  (file: string): Command =>
  (folder, _, threads) => [
    ...[join(python, "bin/python"), join(import.meta.dir, "contenders", file)],
    ...[folder, `${threads}`]
  ]

/** A runtime with one thread, and with two: where the machine is not idle, threads that wait spinning can lose. */
const withThreads = (
  runtime: string,
  command: Command,
  rest: Pick<Contender, "dtypes" | "only" | "missing" | "bar">
): ReadonlyArray<Contender> =>
  [2, 1].map((threads) => ({
    ...rest,
    runtime,
    threads,
    command: (folder, dtype) => command(folder, dtype, threads)
  }))

/** Our lines; the first runtime that takes a number type is the one that bars are for. */
export const ours: ReadonlyArray<Contender> = [
  ...withThreads("polylogit, `score` loop", inBun("ours_score.ts"), { dtypes: ["fp32", "int8", "int4"] }),
  ...withThreads("polylogit, `Generation.events`", inBun("ours_generate.ts"), { dtypes: ["fp32", "int8", "int4"] }),
  ...withThreads("polylogit, three terms", inBun("ours_three.ts"), { dtypes: ["fp32"], only: ["tales"] })
]

const transformersBars = new Map([
  ["15M/fp32", 2],
  ["135M/fp32", 1.3],
  ["135M/int4", 2]
])
const pythonBars: Readonly<Record<ModelName, number | undefined>> = { tales: 12, "15M": undefined, "135M": 1.2 }

/** The lines of others. */
export const others: ReadonlyArray<Contender> = [
  ...withThreads("transformers.js 4.3.1", inBun("transformers_js.ts"), {
    dtypes: ["fp32", "int8", "int4"],
    bar: (model, dtype) => transformersBars.get(`${model}/${dtype}`)
  }),
  ...withThreads("node-llama-cpp 3.22.1", inBun("node_llama_cpp.ts"), {
    dtypes: ["fp32", "int8", "int4"],
    bar: (_, dtype) => (dtype === "int8" ? 1.2 : 1.3)
  }),
  ...withThreads("Hugging Face transformers 5.23.0 (Python)", inPython("hugging_face.py"), {
    dtypes: ["fp32"],
    missing: existsSync(join(python, "bin/python")) ? undefined : pythonMissing,
    bar: (model) => pythonBars[model]
  })
]
