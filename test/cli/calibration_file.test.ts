import { expect, test } from "bun:test"
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { storeInFile } from "../../src/cli/calibration_file.ts"
import { scratch } from "../support/scratch.ts"

const { file } = scratch()
const run = Effect.runSync
const calibration = { points: [{ sequences: 1, positions: 2, milliseconds: 0.5 }], milliseconds: 12 }
const weights = file("model.safetensors", "weights")

test("another store over the same file finds what one has kept, until the model changes", () => {
  const path = file("kept.json", "")
  run(storeInFile(path).set(weights, calibration))
  expect(run(storeInFile(path).get(weights))).toEqual(calibration)
  expect(run(storeInFile(path).get(`${weights}.other`))).toBeUndefined()
  utimesSync(weights, 1, 1)
  expect(run(storeInFile(path).get(weights))).toBeUndefined()
})

test("a folder that does not exist is made, and models beside one another are kept", () => {
  const path = join(file("empty", ""), "..", "deep", "er", "calibration.json")
  run(storeInFile(path).set(weights, calibration))
  run(storeInFile(path).set(join(weights, ".."), { ...calibration, milliseconds: 7 }))
  expect(run(storeInFile(path).get(weights))).toEqual(calibration)
  expect(run(storeInFile(path).get(join(weights, "..")))).toMatchObject({ milliseconds: 7 })
})

test("a model in another dtype is another model, and is kept as well", () => {
  const path = file("dtypes.json", "")
  run(storeInFile(path).set(weights, calibration))
  run(storeInFile(path).set(`${weights}:int4`, { ...calibration, milliseconds: 3 }))
  expect(run(storeInFile(path).get(weights))).toEqual(calibration)
  expect(run(storeInFile(path).get(`${weights}:int4`))).toMatchObject({ milliseconds: 3 })
  expect(run(storeInFile(path).get(`${weights}:int8`))).toBeUndefined()
})

test("models that lie nowhere are known to their own store alone", () => {
  const path = file("nowhere.json", "")
  const store = storeInFile(path)
  run(store.set("table 3", calibration))
  expect(run(store.get("table 3"))).toEqual(calibration)
  expect(run(storeInFile(path).get("table 3"))).toBeUndefined()
})

test("a broken file, one of another machine, and one that cannot be written are as good as none", () => {
  const path = file("broken.json", "{")
  expect(run(storeInFile(path).get(weights))).toBeUndefined()
  run(storeInFile(path).set(weights, calibration))
  expect(run(storeInFile(path).get(weights))).toEqual(calibration)
  writeFileSync(path, readFileSync(path, "utf8").replace("threads", "other threads"))
  expect(run(storeInFile(path).get(weights))).toBeUndefined()
  const folder = join(path, "..", "folder.json")
  mkdirSync(folder)
  const store = storeInFile(folder)
  run(store.set(weights, calibration))
  expect(run(store.get(weights))).toEqual(calibration)
})
