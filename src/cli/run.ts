import * as NodeChildProcessSpawner from "@effect/platform-node-shared/NodeChildProcessSpawner"
import * as NodeFileSystem from "@effect/platform-node-shared/NodeFileSystem"
import * as NodePath from "@effect/platform-node-shared/NodePath"
import * as NodeRuntime from "@effect/platform-node-shared/NodeRuntime"
import * as NodeStdio from "@effect/platform-node-shared/NodeStdio"
import * as NodeTerminal from "@effect/platform-node-shared/NodeTerminal"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { layerClassifiers } from "../embedded/classifiers.ts"
import type { Classifiers } from "../model/classifiers.ts"
import { exitCode, report } from "./mistake.ts"

const platform = NodeChildProcessSpawner.layer.pipe(
  Layer.provideMerge(Layer.mergeAll(NodeFileSystem.layer, NodePath.layer, NodeStdio.layer, NodeTerminal.layer))
)

/** What commands may need of the machine. */
export type Platform = Layer.Success<typeof platform>

/**
 * Runs a program as the main one of the process: failures become a line on standard error and an exit code; Ctrl-C
 * interrupts it, which releases what it holds.
 */
export const runMain = (program: Effect.Effect<void, unknown, Platform | Classifiers>): void => {
  process.stdout.on("error", () => {})
  process.stderr.on("error", () => {})
  process.on("SIGHUP", () => process.emit("SIGTERM"))
  NodeRuntime.runMain(
    program.pipe(
      // texts are written on after the window of a classifier is full: it reads their ends
      Effect.provide([platform, layerClassifiers({ overflow: "keepEnd" })]),
      Effect.tapCause((cause) =>
        Effect.sync(() => {
          const message = report(cause)
          if (message !== undefined) process.stderr.write(message)
        })
      )
    ),
    { disableErrorReporting: true, teardown: (exit, onExit) => onExit(exitCode(exit)) }
  )
}
