import { dlopen, FFIType, ptr } from "bun:ffi"

const { i32, ptr: pointer, u64 } = FFIType

const open = () =>
  dlopen("libc.so.6", {
    malloc_trim: { args: [u64], returns: i32 },
    madvise: { args: [pointer, u64, i32], returns: i32 }
  }).symbols

let libc: ReturnType<typeof open> | undefined | null

/**
 * Gives back to the system what a load has left behind: memory that the allocator keeps for later, and pages of mapped
 * files that were laid out for the processor elsewhere; those that are read again come from the file again. Units of what
 * it saves: hundreds of megabytes on a large model. Does nothing where there is no glibc.
 */
export const giveBack = (mapped: Iterable<Uint8Array>): void => {
  libc ??= process.platform === "linux" ? tryOpen() : null
  if (libc === null) return
  const dontNeed = 4
  for (const file of mapped) if (file.byteLength > 0) libc.madvise(ptr(file), file.byteLength, dontNeed)
  libc.malloc_trim(0)
}

const tryOpen = () => {
  try {
    return open()
  } catch {
    return null
  }
}
