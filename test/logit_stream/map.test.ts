import { expect, test } from "bun:test"
import * as Stream from "effect/Stream"
import { fromLogits, map } from "../../src/logit_stream/operators.ts"
import { failure } from "../support/run.ts"

const rows = () => fromLogits(Stream.make(Float32Array.of(0, 0)))

test("a function that throws, or gives no row, is a typed error of the stream", async () => {
  const thrown = map(rows(), () => {
    throw new Error("no luck")
  })
  expect(await failure(Stream.runDrain(thrown))).toMatchObject({
    _tag: "LogitStreamError",
    message: "Cannot compute map: no luck"
  })
  const nothing = map(rows(), () => [0, 0] as unknown as Float64Array)
  expect(await failure(Stream.runDrain(nothing))).toMatchObject({
    message: "Cannot compute map: it gave no Float64Array"
  })
})
