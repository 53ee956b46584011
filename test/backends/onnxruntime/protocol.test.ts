import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { packJobs, unpackJobs } from "../../../src/backends/onnxruntime/protocol.ts"

const job = (width: number) =>
  fc.record({
    context: fc.array(fc.nat(), { maxLength: 9 }),
    from: fc.nat(99),
    mix: fc.option(
      fc.array(
        fc.float({ noNaN: true }).map((x) => x + 0),
        { minLength: width, maxLength: width }
      ),
      { nil: undefined }
    )
  })

test("the jobs of a call come out as they went in, equal mixes as one", () => {
  const calls = fc
    .integer({ min: 1, max: 3 })
    .chain((width) => fc.tuple(fc.nat(), fc.array(job(width), { maxLength: 6 })))
  fc.assert(
    fc.property(calls, ([call, given]) => {
      const jobs = [...given, ...given].map(({ mix, ...one }) => ({ ...one, mix: mix && Float32Array.from(mix) }))
      const unpacked = unpackJobs(packJobs(call, jobs))
      expect(unpacked.call).toBe(call)
      expect(unpacked.jobs.map(({ context, from, mix }) => ({ context: [...context], from, mix }))).toEqual(jobs)
      unpacked.jobs.forEach(({ mix }, i) => void expect(unpacked.jobs[(i + given.length) % jobs.length]!.mix).toBe(mix))
    })
  )
})
