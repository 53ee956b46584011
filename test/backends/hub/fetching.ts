import { join } from "node:path"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { fetchModel } from "../../../src/backends/hub/fetch_model.ts"
import { parseHubName } from "../../../src/backends/hub/hub_name.ts"
import { type DownloadEvent, DownloadProgress } from "../../../src/backends/hub/progress.ts"
import { HubEnvironment } from "../../../src/backends/hub/settings.ts"
import type { ModelLoadError } from "../../../src/model/models.ts"

export const commit = "0123456789abcdef0123456789abcdef01234567"
/** What a small model's repository holds, with files that nobody reads. */
export const files = {
  "config.json": '{"model_type":"llama"}',
  "tokenizer.json": "{}",
  "tokenizer_config.json": '{"a":1}',
  "model.safetensors": new Uint8Array(300_000).map((_, i) => (i * i) >> 5),
  "README.md": "# read by nobody",
  "pytorch_model.bin": "large and read by nobody",
  "onnx/model.onnx": "another form"
}
export const read = ["config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"]

/** Whoever sleeps wakes a hundred times as early; `slept` tells for how many milliseconds it was meant. */
const hurried = <A, E>(effect: Effect.Effect<A, E>, slept: Array<number>): Effect.Effect<A, E> =>
  Effect.flatMap(Clock.Clock, (clock) =>
    Effect.provideService(effect, Clock.Clock, {
      currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe(),
      currentTimeMillis: clock.currentTimeMillis,
      currentTimeNanosUnsafe: () => clock.currentTimeNanosUnsafe(),
      currentTimeNanos: clock.currentTimeNanos,
      monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
      monotonicTimeNanos: clock.monotonicTimeNanos,
      sleep: (duration) => {
        const milliseconds = Duration.toMillis(duration)
        if (milliseconds !== patience) slept.push(milliseconds)
        return clock.sleep(Duration.millis(milliseconds / 100))
      }
    })
  )

/** How long bytes are waited for: four seconds, hurried. */
const patience = 400_000

export interface Setting {
  readonly cache: string
  readonly endpoint: string
  readonly env?: Readonly<Record<string, string>>
  readonly name?: string
  readonly tell?: (event: DownloadEvent) => void
  readonly slept?: Array<number>
}

/** Fetches `org/name` (or what is named) with nothing of the user's own environment. */
export const fetching = ({
  cache,
  endpoint,
  env = {},
  name = "org/name",
  slept = [],
  tell = () => {}
}: Setting): Effect.Effect<string, ModelLoadError> =>
  fetchModel(parseHubName(name)!).pipe(
    Effect.provideService(HubEnvironment, {
      HF_HUB_CACHE: cache,
      HF_ENDPOINT: endpoint,
      HOME: join(cache, "home"),
      HF_HUB_ETAG_TIMEOUT: "300",
      HF_HUB_DOWNLOAD_TIMEOUT: `${patience / 1000}`,
      ...env
    }),
    Effect.provideService(DownloadProgress, tell),
    (effect) => hurried(effect, slept)
  )
