import type { Backbone, WeightScheme } from "../backbone.ts";
import { pytorchNames } from "../parts/names.ts";
import { fuseBranches } from "./branches.ts";
import { buildRepVgg, STAGES } from "./build.ts";

const build: Backbone["build"] = ({ size }, seed) => buildRepVgg(size, seed);

const fused: WeightScheme = {
  library: "timm, fused",
  sign: { "stem.reparam_conv.weight": [48, 3, 3, 3] },
  classifier: /^head\.fc\./,
  layout: "pytorch",
  nameOf: pytorchNames({
    stages: STAGES,
    prefix: (stage, index) => `stages.${stage}.${index}.`,
    modules: { conv0: ["stem.reparam_conv"], conv: ["reparam_conv"] },
  }),
  variant: () => ({ build }),
};

const branched: WeightScheme = {
  ...fused,
  library: "timm",
  sign: { "stem.conv_kxk.conv.weight": [48, 3, 3, 3] },
  prepare: fuseBranches,
};

export const repvggA0: Backbone = {
  build,
  schemes: [branched, fused],
  usual: { size: 224, batch: 32 },
  smallest: { size: 32, batch: 4 },
};
