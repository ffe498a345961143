import type { Backbone, WeightScheme } from "../backbone.ts";
import { buildMobileNetV2 } from "./build.ts";
import { gluon } from "./gluon.ts";
import type { Scheme } from "./scheme.ts";
import { timm } from "./timm.ts";
import { torchvision } from "./torchvision.ts";

const toWeightScheme = ({ variantOf, ...scheme }: Scheme): WeightScheme => ({
  ...scheme,
  variant: (extra) => {
    const variant = variantOf(extra);
    return {
      build: ({ size, width }, seed) => buildMobileNetV2({ size, width, ...variant }, seed),
      note: variant.strided && `stride 2 at bottlenecks ${variant.strided.join(", ")}`,
    };
  },
});

export const mobilenetv2: Backbone = {
  build: ({ size, width }, seed) => buildMobileNetV2({ size, width }, seed),
  hasWidth: true,
  schemes: [gluon, timm, torchvision].map(toWeightScheme),
  usual: { size: 224, batch: 64 },
  smallest: { size: 32, batch: 8 },
};
