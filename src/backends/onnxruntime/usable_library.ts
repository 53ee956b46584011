import { type Library, openLibrary, shippedLibrary } from "./c_api/library.ts"
import { reasonOf } from "./load_failure.ts"

let opened: Library | string | undefined

/** The library that onnxruntime-node ships, opened once a thread; or why it cannot be used. */
export const usableLibrary = (): Library | string => {
  opened ??= open()
  return opened
}

const open = (): Library | string => {
  const path = shippedLibrary()
  if (path === undefined) return `there is no library for it on ${process.platform} ${process.arch}`
  try {
    return openLibrary(path)
  } catch (thrown) {
    return `${path} cannot be used: ${reasonOf(thrown)}`
  }
}
