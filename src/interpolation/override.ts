import type { Mix } from "./mix.ts"

/** New numbers for attributes, by name; what is left out stays. */
export type MixChanges = Readonly<
  Record<string, { readonly alpha?: number | undefined; readonly lambda?: number | undefined }>
>

/** The same mix with other alphas and lambdas; attributes that it does not have are not added. */
export const override = (mix: Mix, changes: MixChanges): Mix => ({
  ...mix,
  attributes: mix.attributes.map((attribute) => {
    const change = Object.hasOwn(changes, attribute.name) ? changes[attribute.name]! : {}
    const { alpha = attribute.alpha, lambda = attribute.lambda } = change
    return { ...attribute, alpha, lambda }
  })
})
