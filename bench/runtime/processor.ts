import { readFileSync } from "node:fs"

/** Time that processors have worked since the system started, of all processes and of one. Units: ticks. */
export interface Work {
  readonly all: number
  readonly idle: number
  readonly own: number
}

/** What the processors have done until now; `own` is that of the process `pid`. */
export const work = (pid: number): Work => {
  const ticks = readFileSync("/proc/stat", "utf8").split("\n", 1)[0]!.split(/\s+/).slice(1, 9).map(Number)
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ")
  const [idle, waiting] = [ticks[3]!, ticks[4]!]
  return {
    all: ticks.reduce((sum, one) => sum + one, 0),
    idle: idle + waiting,
    // utime and stime
    own: Number(fields[11]) + Number(fields[12])
  }
}

/** The share of all processors that other processes took during some works, each given by its two ends. */
export const takenByOthers = (spans: ReadonlyArray<readonly [before: Work, after: Work]>): number => {
  let [all, taken] = [0, 0]
  for (const [before, after] of spans) {
    const busy = after.all - before.all - (after.idle - before.idle)
    all += after.all - before.all
    taken += Math.max(0, busy - (after.own - before.own))
  }
  return all === 0 ? 0 : taken / all
}
