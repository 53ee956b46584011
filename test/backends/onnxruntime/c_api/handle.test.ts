import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { Handle } from "../../../../src/backends/onnxruntime/c_api/handle.ts"

test("a handle is released once, whoever asks how often, and cannot be used afterwards", () =>
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 48 }), fc.array(fc.boolean()), (pointer, uses) => {
      const released: Array<number> = []
      const handle = new Handle("CreateX", pointer, (own) => void released.push(own))
      let open = true
      for (const release of uses) {
        if (release) {
          handle[Symbol.dispose]()
          open = false
        } else if (open) expect(handle.pointer).toBe(pointer)
        else expect(() => handle.pointer).toThrow("Cannot use what CreateX gave: it was released")
        expect(released).toEqual(open ? [] : [pointer])
      }
    })
  ))
