/** Adapters mixed into a model's weights: alpha, lambda, the simplex. The leaf itself is `Formula.interpolate`. */
export {
  type Attribute,
  type AttributeSettings,
  type LambdaSum,
  type Mix,
  type MixOptions,
  type MixSettings,
  mix
} from "./mix.ts"
export * from "./override.ts"
export * from "./simplex.ts"
export { MixError, variant } from "./variant.ts"
