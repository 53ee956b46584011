/** What runs a classifier over whole texts: the view that the scorer has of a runtime and of a form of graph. */
export interface TextRunner {
  /** Most texts in one run. */
  readonly texts: number
  /** Whether all texts of a run must be of one length. */
  readonly sameLength: boolean
  /** One row of logits for each text. */
  readonly run: (texts: ReadonlyArray<Int32Array>) => Promise<ReadonlyArray<Float32Array>>
  readonly release: () => Promise<void>
}
