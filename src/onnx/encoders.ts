import type { Config } from "./config.ts"
import { bert } from "./encoders/bert.ts"
import { distilbert } from "./encoders/distilbert.ts"
import type { Encoder, EncoderFamily } from "./encoders/encoder.ts"
import { roberta } from "./encoders/roberta.ts"

/** The text classifiers that can be built on encoders, by the name that config.json gives them. */
export const encoders: Readonly<Record<string, EncoderFamily>> = {
  BertForSequenceClassification: bert,
  RobertaForSequenceClassification: roberta,
  XLMRobertaForSequenceClassification: roberta,
  DistilBertForSequenceClassification: distilbert
}

/** The encoder that config.json describes, or `undefined` where it describes none of them. Errors: throws `CheckpointError`. */
export const encoderOf = (config: Config): Encoder | undefined => {
  const known = config.strings("architectures").find((name) => Object.hasOwn(encoders, name))
  if (known === undefined) return undefined
  config.only("quantization_config")
  config.only("is_decoder", false)
  config.only("position_embedding_type", "absolute")
  return encoders[known]!(config)
}
