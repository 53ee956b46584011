import { startEngine } from "../engine.ts"
import type { Source } from "../load.ts"
import type { Settings } from "../settings.ts"
import { sameThread, shortRun, type Thread, threadOf } from "../thread.ts"
import { loadClassifier } from "./load_classifier.ts"

const ownWorker = (): Thread => new Worker(new URL("./worker.ts", import.meta.url))

/** An engine that classifies: in a worker of its own, or where it is small on the thread that asks. */
export const startClassifier = (source: Source, settings: Settings): ReturnType<typeof startEngine> =>
  threadOf(source, settings) === "worker"
    ? startEngine(source, settings, ownWorker)
    : startEngine(source, { ...settings, runLength: settings.runLength ?? shortRun }, () => sameThread(loadClassifier))
