import type { AttributeSettings } from "../../interpolation/mix.ts"
import { isName } from "./lexer.ts"
import { refuse } from "./syntax_error.ts"
import type { Settled } from "./value.ts"

/** What an attribute must be, in words. */
export const expectedAttribute = "a finite alpha, such as 0.8 or, with its lambda, 0.8 @ 0.5"

/** A value as what is said of an attribute: `undefined` where it is something else. */
export const attributeOf = (value: Settled): AttributeSettings | undefined => {
  // one that changed would make every token's keys and values anew, at every position
  if (value.kind === "factors") {
    return refuse(value.at, "an alpha is one number for the whole text: weights do not change from token to token")
  }
  if (value.kind === "attribute") return value.attribute
  return value.kind === "number" && Number.isFinite(value.value) ? { alpha: value.value } : undefined
}

/** Whether text can name an attribute so: one is an option of the mix. */
export const isAttributeName = (name: string): boolean => isName(name) && name !== "lambdaSum"
