import { existsSync } from "node:fs"

/** Whether what a formula names is a place, on disk or on a hub, and no name of ours. */
export const isPlace = (name: string): boolean =>
  name.includes("/") ||
  name.includes("\\") ||
  name.endsWith(".onnx") ||
  name === "." ||
  name === ".." ||
  existsSync(name)
