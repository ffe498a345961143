import type * as tf from "@tensorflow/tfjs-core";

/** Variables that are trained alike. */
export interface ParameterGroup {
  name: "backbone" | "head" | "unit" | "proxies" | "teacher";
  /** By their names in a checkpoint. */
  variables: ReadonlyMap<string, tf.Variable>;
  /** The peak of the schedule. */
  learningRate: number;
  /** Which of them decay. Kernels are those of rank 2 and more; biases and norms have rank 1. */
  decay: "kernels" | "none";
}

export const decays = ({ decay }: ParameterGroup, { rank }: tf.Variable): boolean =>
  decay === "kernels" && rank > 1;

/** All variables of some groups, by name. */
export const variablesOf = (groups: readonly ParameterGroup[]): Map<string, tf.Variable> =>
  new Map(groups.flatMap(({ variables }) => [...variables]));
