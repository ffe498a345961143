import { parseManifest } from "../../../shared/package/manifest.ts";
import { type Random, sample } from "../../../trainer/random.ts";
import { drawNetwork, MOBILENET_SMALL, pack, QUICK } from "../bench/networks.ts";
import type { RegistryClient } from "../../lib/registry.ts";

const DEFAULT_MODEL = QUICK.name;

/** Variables of the API Worker. It notices promotions soon, and its memory does not hold all models of a fleet. */
export const VARIABLES = { DEFAULT_MODEL, REFRESH_SECONDS: "0.5", MODEL_BYTES: "6500000" };

const CHANNEL = "stable";

/** The shares of requests that name no model, and of those that name a version of the default model. */
const DEFAULT_SHARE = 0.8;
const VERSION_SHARE = 0.1;

/** Published models: the default one in several versions, of which the channel serves one, and others. */
export class Fleet {
  private promotions = 0;

  private constructor(
    private readonly registry: RegistryClient,
    private readonly versions: readonly string[],
    private readonly others: ReadonlyMap<string, string>,
  ) {}

  /** Makes models with random weights and publishes them. It needs tfjs's wasm backend. */
  static async publish(registry: RegistryClient): Promise<Fleet> {
    const publish = async (...[drawn, scheme]: Parameters<typeof pack>) => {
      const files = await pack(drawn, scheme);
      const manifest = await parseManifest(files.manifest);
      await registry.publish(manifest, files);
      return manifest.version;
    };
    const versions: string[] = [];
    const drawn = await drawNetwork(QUICK);
    for (const scheme of ["int8", "none", "int8-per-output-channel"] as const) {
      versions.push(await publish(drawn, scheme));
    }
    const others = new Map<string, string>();
    const wide = { ...QUICK, name: "small-64", config: { ...QUICK.config, size: 64 } };
    for (const network of [wide, MOBILENET_SMALL]) {
      const version = await publish(await drawNetwork(network), "int8");
      await registry.promote(network.name, version, CHANNEL);
      others.set(network.name, version);
    }
    const fleet = new Fleet(registry, versions, others);
    await fleet.promote();
    return fleet;
  }

  /** The version that the channel of the default model serves, or will serve soon. */
  get served(): string {
    return `${DEFAULT_MODEL}@${this.versions[(this.promotions - 1) % this.versions.length]}`;
  }

  /** All models as `name@version`, always in the same order. */
  get ids(): string[] {
    return [
      ...this.versions.map((version) => `${DEFAULT_MODEL}@${version}`),
      ...[...this.others].map(([name, version]) => `${name}@${version}`),
    ];
  }

  /** Lets the channel of the default model serve the next version. */
  async promote(): Promise<void> {
    const version = this.versions[this.promotions++ % this.versions.length]!;
    await this.registry.promote(DEFAULT_MODEL, version, CHANNEL);
  }

  /** Draws a value of `?model=`; undefined for none. */
  draw(random: Random): string | undefined {
    const share = random();
    if (share < DEFAULT_SHARE) return undefined;
    const [version] = sample(this.versions, 1, random);
    if (share < DEFAULT_SHARE + VERSION_SHARE) return `${DEFAULT_MODEL}@${version}`;
    return sample([...this.others.keys()], 1, random)[0];
  }

  /** Whether `name@version` may answer a request for a model. */
  mayAnswer(id: string, asked = DEFAULT_MODEL): boolean {
    return this.ids.includes(id) && (id === asked || id.startsWith(`${asked}@`));
  }
}
