import type { Config } from "../runs/config.ts";
import { defaultsOf, type MethodName } from "../methods/methods.ts";

/** What is to be compared. */
export interface Plan {
  /** The config of all runs, but for what is each run's own (`sharedOf`). */
  config: Config;
  methods: readonly MethodName[];
  seeds: readonly number[];
  /** Where runs and results go. */
  folder: string;
}

/** Name, seed and method are each run's own, and so are the hyperparameters: the method's defaults. */
export const sharedOf = ({
  name: _,
  seed: __,
  method: ___,
  hyperparameters: ____,
  ...shared
}: Config): Omit<Config, "name" | "seed" | "method" | "hyperparameters"> => shared;

/** The config of a method's runs: its hyperparameters are its defaults. */
export const withMethod = (config: Config, method: MethodName): Config => ({
  ...config,
  method,
  hyperparameters: { ...defaultsOf(method) },
});

/** The config of a run. */
export const configOf = (
  { config }: Plan,
  { method, seed }: { method: MethodName; seed: number },
): Config => ({ ...withMethod(config, method), seed });
