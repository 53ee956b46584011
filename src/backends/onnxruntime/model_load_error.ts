import * as Schema from "effect/Schema"

/** A model could not be loaded: what was looked for, and what came, in one line. */
export class ModelLoadError extends Schema.TaggedError<ModelLoadError>()("ModelLoadError", {
  model: Schema.String,
  message: Schema.String
}) {}
