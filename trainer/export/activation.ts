import * as z from "zod";
import type { Activated } from "../../shared/network/schema.ts";

/** The names of tfjs-layers for functions of activation that the edge can run. */
const NAMES = ["linear", "relu", "relu6", "sigmoid", "swish", "elu"] as const;

/** The activation of a layer's config. */
export const activation = z
  .enum(NAMES, {
    error: () =>
      `expected ${NAMES.join(", ")}, or a layer ${Object.keys(ACTIVATION_LAYERS).slice(1).join(", ")}`,
  })
  .nullish()
  .transform((name) => name ?? "linear");

/** Layers that are nothing but a function of activation: from their config to the function. */
export const ACTIVATION_LAYERS: Readonly<Record<string, (config: unknown) => Activated>> = {
  Activation: (config) => z.object({ activation }).parse(config),
  ReLU: (config) => {
    const { maxValue } = z.object({ maxValue: z.literal(6).nullish() }).parse(config);
    return { activation: maxValue === 6 ? "relu6" : "relu" };
  },
  Relu6: () => ({ activation: "relu6" }),
  HardSigmoid: () => ({ activation: "hard_sigmoid" }),
  HardSwish: () => ({ activation: "hard_swish" }),
  LeakyReLU: (config) => {
    const { alpha } = z.object({ alpha: z.number() }).parse(config);
    return { activation: "leaky_relu", slope: alpha };
  },
  ELU: (config) => {
    z.object({ alpha: z.literal(1) }).parse(config);
    return { activation: "elu" };
  },
};
