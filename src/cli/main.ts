#!/usr/bin/env bun
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import manifest from "../../package.json" with { type: "json" }
import { withFormulaLast } from "./arguments.ts"
import { layerCalibration } from "./calibration_file.ts"
import { layerPresenter, polylogit } from "./command.ts"
import { runMain } from "./run.ts"

const run = Command.runWith(polylogit, { version: manifest.version })

runMain(run(withFormulaLast(process.argv.slice(2))).pipe(Effect.provide(Layer.merge(layerPresenter, layerCalibration))))
