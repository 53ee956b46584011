import { changed } from "../backends/onnxruntime/classifier/golden.ts"
import { tokenizerFile } from "../backends/onnxruntime/classifier/tokenizer_file.ts"

/** A tiny classifier with arbitrary weights, which reads letters and has the labels `calm` and `angry`. */
export const classifierFolder = (): string =>
  changed("bert", { id2label: { 0: "calm", 1: "angry" } }, { "tokenizer.json": tokenizerFile })
