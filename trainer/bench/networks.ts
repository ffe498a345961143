import { BACKBONES, DEFAULT_BACKBONE } from "../networks/backbones/registry.ts";
import type { Backbone } from "../networks/backbones/backbone.ts";
import type { Config } from "../runs/config.ts";

/** A network to train, and the images of a step. */
export interface TrainNetwork {
  config: Pick<Config, "network" | "size">;
  batch: number;
}

/** Every backbone with its usual images, by name and size: small@64. */
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

/** To see that it works. */
const QUICK: TrainNetwork = { config: { network: DEFAULT_BACKBONE, size }, batch };

/** @throws Error for a name that is none */
export function networkNamed(name: string): TrainNetwork {
  const network = name === "quick" ? QUICK : NETWORKS.get(name);
  if (!network) throw new Error(`there is no network ${name}`);
  return network;
}
