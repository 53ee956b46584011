/** Reads memory with some threads at once. */
export interface Reader {
  /** How fast they read together. Units: bytes a second. */
  readonly measure: () => Promise<number>
  readonly stop: () => void
}

/** Starts the threads; each reads 256 MiB of its own, which is more than any cache holds. */
export const startReader = async (threads: number): Promise<Reader> => {
  const workers = Array.from({ length: threads }, () => new Worker(new URL("./read_worker.ts", import.meta.url).href))
  const answer = (worker: Worker) =>
    new Promise<{ readonly bytes: number }>((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data)
      worker.onerror = reject
    })
  await Promise.all(workers.map(answer))
  const measure = async (): Promise<number> => {
    const begin = performance.now()
    const answers = workers.map(answer)
    for (const worker of workers) worker.postMessage(4)
    const bytes = (await Promise.all(answers)).reduce((sum, one) => sum + one.bytes, 0)
    return (1e3 * bytes) / (performance.now() - begin)
  }
  // the first reading is slower than the compiled loop
  await measure()
  return { measure, stop: () => workers.forEach((worker) => void worker.terminate()) }
}
