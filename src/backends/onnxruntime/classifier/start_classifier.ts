import { startEngine, type Threads } from "../engine.ts"
import type { Source } from "../load.ts"
import type { Settings } from "../settings.ts"
import { sameThread } from "../thread.ts"
import { loadClassifier } from "./load_classifier.ts"

const ofClassifiers: Threads = {
  main: () => sameThread(loadClassifier),
  worker: () => new Worker(new URL("./worker.ts", import.meta.url))
}

/** An engine that classifies: in a worker of its own, or where it is small on the thread that asks. */
export const startClassifier = (source: Source, settings: Settings): ReturnType<typeof startEngine> =>
  startEngine(source, settings, ofClassifiers)
