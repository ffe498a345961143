import { BACKBONES, DEFAULT_BACKBONE } from "../networks/backbones/registry.ts";
import type { Backbone } from "../networks/backbones/backbone.ts";
import type { Config } from "../runs/config.ts";

/** A network to train, and the number of images of a step. */
export interface TrainNetwork {
  config: Pick<Config, "network" | "size">;
  batch: number;
}

/** Every backbone with its usual image size, by name and size: small@64. */
export const NETWORKS = new Map(
  Object.entries<Backbone>(BACKBONES).map(
    ([
      network,
      {
        usual: { size, batch },
      },
    ]): [string, TrainNetwork] => [`${network}@${size}`, { config: { network, size }, batch }],
  ),
);

const { size, batch } = BACKBONES[DEFAULT_BACKBONE].smallest;

/** A tiny network, to check that the benchmark works. */
const QUICK: TrainNetwork = { config: { network: DEFAULT_BACKBONE, size }, batch };

/** Finds a network. @throws Error if there is none of that name */
export function networkNamed(name: string): TrainNetwork {
  const network = name === "quick" ? QUICK : NETWORKS.get(name);
  if (!network) throw new Error(`there is no network ${name}`);
  return network;
}
