import * as z from "zod";
import type { Activated } from "../../shared/network/schema.ts";

/** What a layer does to a number x: f(factor x). */
export interface Curve {
  function: Activated;
  factor: number;
}

const of = (activation: Exclude<Activated["activation"], "leaky_relu">, factor = 1) => ({
  function: { activation },
  factor,
});

/** The functions of activation of tfjs-layers that the edge can run. */
const FUNCTIONS = {
  linear: of("linear"),
  relu: of("relu"),
  relu6: of("relu6"),
  sigmoid: of("sigmoid"),
  // min(max(x / 5 + 1 / 2, 0), 1)
  hardSigmoid: of("hard_sigmoid", 6 / 5),
  swish: of("swish"),
  elu: of("elu"),
} satisfies Record<string, Curve>;

/** The activation of a layer's config. */
export const activation = z
  .enum(Object.keys(FUNCTIONS) as (keyof typeof FUNCTIONS)[], {
    error: () =>
      `expected ${Object.keys(FUNCTIONS).join(", ")}, ` +
      `or a layer ${Object.keys(ACTIVATION_LAYERS).slice(1).join(", ")}`,
  })
  .nullish()
  .transform((name): Curve => FUNCTIONS[name ?? "linear"]);

/** Layers that are nothing but a function of activation: from their config to the function. */
export const ACTIVATION_LAYERS: Readonly<Record<string, (config: unknown) => Curve>> = {
  Activation: (config) => z.object({ activation }).parse(config).activation,
  ReLU: (config) => {
    const { maxValue } = z.object({ maxValue: z.literal(6).nullish() }).parse(config);
    return of(maxValue === 6 ? "relu6" : "relu");
  },
  Relu6: () => of("relu6"),
  HardSigmoid: () => of("hard_sigmoid"),
  HardSwish: () => of("hard_swish"),
  LeakyReLU: (config) => {
    const { alpha } = z.object({ alpha: z.number() }).parse(config);
    return { function: { activation: "leaky_relu", slope: alpha }, factor: 1 };
  },
  ELU: (config) => {
    z.object({ alpha: z.literal(1) }).parse(config);
    return of("elu");
  },
};
