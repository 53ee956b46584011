import * as Schema from "effect/Schema"

/** Something that cannot be measured. */
export class ExperimentError extends Schema.TaggedError<ExperimentError>()("ExperimentError", {
  message: Schema.String
}) {}
