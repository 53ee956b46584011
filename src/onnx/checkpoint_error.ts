/** A checkpoint or its config.json does not hold what it must; the message says what was asked and what came. */
export class CheckpointError extends Error {
  readonly _tag = "CheckpointError"
  override readonly name = "CheckpointError"
}
