import * as NodeRuntime from "@effect/platform-node-shared/NodeRuntime"
import * as Effect from "effect/Effect"
import { fetchModel } from "../../../src/backends/hub/fetch_model.ts"
import { parseHubName } from "../../../src/backends/hub/hub_name.ts"

/** Fetches the model that it is given as a process of its own, with its own environment, and prints the folder. */
const program = Effect.flatMap(fetchModel(parseHubName(process.argv[2]!)!), (folder) =>
  Effect.sync(() => process.stdout.write(folder))
)
const told = Effect.tapError(program, ({ message }) => Effect.sync(() => process.stderr.write(`${message}\n`)))
NodeRuntime.runMain(told, { disableErrorReporting: true })
