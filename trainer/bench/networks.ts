import { BACKBONES, DEFAULT_BACKBONE } from "../networks/backbones/registry.ts";
import type { Backbone } from "../networks/backbones/backbone.ts";
import { type Config, FINE_TUNING } from "../runs/config.ts";

/** A network to train, and the number of images of a step. */
export interface TrainNetwork {
  config: Partial<Config> & Pick<Config, "network" | "size">;
  batch: number;
}

/** What `npm run train -- --init` trains by default, MobileNetV2 from bottleneck 7 on. */
export const FINE_TUNED = `fine-tuning@${FINE_TUNING.size}`;

/** Every backbone with its usual image size, by name and size: small@64. They train as a whole, but for FINE_TUNED. */
export const NETWORKS = new Map([
  ...Object.entries<Backbone>(BACKBONES).map(
    ([
      network,
      {
        usual: { size, batch },
      },
    ]): [string, TrainNetwork] => [`${network}@${size}`, { config: { network, size }, batch }],
  ),
  [FINE_TUNED, { config: FINE_TUNING, batch: 64 }] as const,
]);

const { size, batch } = BACKBONES[DEFAULT_BACKBONE].smallest;

/** A tiny network, to check that the benchmark works. */
const QUICK: TrainNetwork = { config: { network: DEFAULT_BACKBONE, size }, batch };

const FINE_TUNING_OF = /^fine-tuning (.+)$/;

/** The name of the network that `--init` trains of a backbone by default. */
export const fineTuningOf = (network: string): string => `fine-tuning ${network}`;

/** Finds a network. @throws Error if there is none of that name */
export function networkNamed(name: string): TrainNetwork {
  const [, tuned] = FINE_TUNING_OF.exec(name) ?? [];
  if (tuned !== undefined) return { config: { ...FINE_TUNING, network: tuned }, batch: 64 };
  const network = name === "quick" ? QUICK : NETWORKS.get(name);
  if (!network) throw new Error(`there is no network ${name}`);
  return network;
}
