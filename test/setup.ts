import * as fc from "fast-check"

/** FC_SEED replays a run, FC_RUNS makes it longer: FC_RUNS=2000 bun run test */
const number = (name: string) => (process.env[name] === undefined ? undefined : Number(process.env[name]))
const seed = number("FC_SEED")
const numRuns = number("FC_RUNS")
fc.configureGlobal({ ...(seed === undefined ? {} : { seed }), ...(numRuns === undefined ? {} : { numRuns }) })
