import type { Normalization } from "../../../shared/normalize.ts";

/** Channel statistics of ImageNet. Most pretrained networks expect them, and they suit any photograph. */
export const IMAGENET: Normalization = {
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};
