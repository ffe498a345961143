import { keysOf } from "../../keys.ts";
import type { Backbone } from "./backbone.ts";
import { efficientnetLite0 } from "./efficientnetLite0.ts";
import { googlenet } from "./googlenet.ts";
import { mobilenetv2 } from "./mobilenetv2/mobilenetv2.ts";
import { mobilenetv3Large, mobilenetv3Small } from "./mobilenetv3.ts";
import { mobilenetv4Medium, mobilenetv4Small } from "./mobilenetv4.ts";
import { repvggA0 } from "./repvgg/repvgg.ts";
import { resnet18, resnet50 } from "./resnet.ts";
import { small } from "./small.ts";

/** Every backbone by the name that `--network` takes. */
export const BACKBONES = {
  small,
  mobilenetv2,
  "mobilenetv4-small": mobilenetv4Small,
  "mobilenetv4-medium": mobilenetv4Medium,
  "mobilenetv3-small": mobilenetv3Small,
  "mobilenetv3-large": mobilenetv3Large,
  "efficientnet-lite0": efficientnetLite0,
  "resnet-18": resnet18,
  "resnet-50": resnet50,
  "repvgg-a0": repvggA0,
  googlenet,
} satisfies Record<string, Backbone>;

export type BackboneName = keyof typeof BACKBONES;

export const BACKBONE_NAMES = keysOf(BACKBONES);

export const DEFAULT_BACKBONE = "small" satisfies BackboneName;

const byName = new Map<string, Backbone>(Object.entries(BACKBONES));

/** The backbone of a name. @returns undefined if there is none, as for the path of a model */
export const backboneNamed = (name: string): Backbone | undefined => byName.get(name);

/** The backbones and libraries whose pretrained weights can be read: `mobilenetv2 (timm, torchvision)`. */
export const describeSchemes = (): string =>
  [...byName]
    .flatMap(([name, { schemes = [] }]) =>
      schemes.length > 0 ? `${name} (${schemes.map(({ library }) => library).join(", ")})` : [],
    )
    .join(", ");

/** The names of the backbones that satisfy a condition. */
export const backbonesWith = (has: (backbone: Backbone) => boolean): string[] =>
  [...byName].flatMap(([name, backbone]) => (has(backbone) ? [name] : []));
