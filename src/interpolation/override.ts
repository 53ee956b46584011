import type { Mix } from "./mix.ts"

/** New numbers for attributes, by name; what is left out stays. */
export type MixChanges = Readonly<
  Record<string, { readonly alpha?: number | undefined; readonly lambda?: number | undefined }>
>

/** The same mix with other alphas and lambdas; attributes that it does not have are not added. */
export const override = (mix: Mix, changes: MixChanges): Mix => ({
  ...mix,
  attributes: mix.attributes.map((attribute) => {
    const { alpha = attribute.alpha, lambda = attribute.lambda } = changes[attribute.name] ?? {}
    return { ...attribute, alpha, lambda }
  })
})
