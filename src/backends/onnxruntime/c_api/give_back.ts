import { dlopen, FFIType, ptr } from "bun:ffi"

const { i32, ptr: pointer, u64 } = FFIType

const open = () =>
  dlopen("libc.so.6", {
    malloc_trim: { args: [u64], returns: i32 },
    madvise: { args: [pointer, u64, i32], returns: i32 }
  }).symbols

let libc: ReturnType<typeof open> | undefined | null

/** What a model can give back to the system while it goes on. */
export interface GiveBack {
  /** Pages of its files that are in memory: those that are read again come from the file again. */
  readonly pages: () => void
  /** Memory that the allocator keeps for later; after a load that is as much as the weights. */
  readonly heap: () => void
}

/** For a model with these files mapped. Does nothing where there is no glibc. */
export const giveBack = (mapped: ReadonlyArray<Uint8Array>): GiveBack => ({
  pages: () => {
    const dontNeed = 4
    for (const file of mapped) if (file.byteLength > 0) system()?.madvise(ptr(file), file.byteLength, dontNeed)
  },
  heap: () => void system()?.malloc_trim(0)
})

const system = () => {
  libc ??= process.platform === "linux" ? tryOpen() : null
  return libc
}

const tryOpen = () => {
  try {
    return open()
  } catch {
    return null
  }
}
