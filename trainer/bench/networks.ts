import type { Config } from "../runs/config.ts";

/** A network to train, and the images of a step. */
export interface TrainNetwork {
  config: Pick<Config, "network" | "size">;
  batch: number;
}

export const NETWORKS = {
  "mobilenetv2-1.0@224": { config: { network: "mobilenetv2", size: 224 }, batch: 64 },
  "googlenet@224": { config: { network: "googlenet", size: 224 }, batch: 64 },
  "small@64": { config: { network: "small", size: 64 }, batch: 128 },
} satisfies Record<string, TrainNetwork>;

export type NetworkName = keyof typeof NETWORKS;

/** To see that it works. */
export const QUICK: TrainNetwork = { config: { network: "small", size: 16 }, batch: 8 };
