/** Inside the worker: why a model cannot be loaded; outside it becomes a `ModelLoadError`. */
export class LoadFailure extends Error {}

/** The first line of whatever was thrown, without the place in the runtime's own source. */
export const reasonOf = (thrown: unknown): string => {
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return message.split("\n", 1)[0]!.replace(/\s*\/onnxruntime_src\/\S+:\d+ .*?\) +/, " ")
}
