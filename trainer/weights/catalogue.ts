import type { BackboneName } from "../networks/backbones/registry.ts";

/** Pretrained weights with a short name. */
export interface CatalogueEntry {
  /** In Hugging Face's hub. */
  repository: string;
  backbone: BackboneName;
  licence: string;
  /** The paper of the network, by its number at arXiv. */
  paper: string;
}

/**
 * Weights by the short names that --init takes. Their repositories are timm's, whose `config.json` says how an image is
 * prepared for them.
 */
export const CATALOGUE = {
  mobilenetv2: {
    repository: "timm/mobilenetv2_100.ra_in1k",
    backbone: "mobilenetv2",
    licence: "Apache-2.0",
    paper: "1801.04381",
  },
  "mobilenetv4-small": {
    repository: "timm/mobilenetv4_conv_small.e2400_r224_in1k",
    backbone: "mobilenetv4-small",
    licence: "Apache-2.0",
    paper: "2404.10518",
  },
  "mobilenetv4-medium": {
    repository: "timm/mobilenetv4_conv_medium.e500_r224_in1k",
    backbone: "mobilenetv4-medium",
    licence: "Apache-2.0",
    paper: "2404.10518",
  },
  "efficientnet-lite0": {
    repository: "timm/efficientnet_lite0.ra_in1k",
    backbone: "efficientnet-lite0",
    licence: "Apache-2.0",
    paper: "1905.11946",
  },
  "mobilenetv3-small": {
    repository: "timm/mobilenetv3_small_100.lamb_in1k",
    backbone: "mobilenetv3-small",
    licence: "Apache-2.0",
    paper: "1905.02244",
  },
  "mobilenetv3-large": {
    repository: "timm/mobilenetv3_large_100.ra_in1k",
    backbone: "mobilenetv3-large",
    licence: "Apache-2.0",
    paper: "1905.02244",
  },
  "resnet-18": {
    repository: "timm/resnet18.a1_in1k",
    backbone: "resnet-18",
    licence: "Apache-2.0",
    paper: "1512.03385",
  },
  "resnet-50": {
    repository: "timm/resnet50.a1_in1k",
    backbone: "resnet-50",
    licence: "Apache-2.0",
    paper: "1512.03385",
  },
  "repvgg-a0": {
    repository: "timm/repvgg_a0.rvgg_in1k",
    backbone: "repvgg-a0",
    licence: "MIT",
    paper: "2101.03697",
  },
} satisfies Record<string, CatalogueEntry>;

/** What --init auto takes. */
export const RECOMMENDED = "mobilenetv2" satisfies keyof typeof CATALOGUE;

const entries = new Map<string, CatalogueEntry>(Object.entries(CATALOGUE));

export const entryNamed = (name: string): CatalogueEntry | undefined => entries.get(name);

/** The architecture in the name of a repository of timm: timm/<architecture>.<training>. */
const architectureOf = (repository: string) => /^[^/]+\/([^.]+)/.exec(repository)?.[1];

/** The backbone of a repository, by the architecture in its name. @returns undefined if it is none of them */
export const backboneOf = (repository: string): BackboneName | undefined =>
  [...entries.values()].find(
    (entry) => architectureOf(entry.repository) === architectureOf(repository),
  )?.backbone;

/** The architectures whose weights can be read, as timm names them. */
export const architectures = (): string[] =>
  [...entries.values()].flatMap(({ repository }) => architectureOf(repository) ?? []);
