import { keysOf } from "../keys.ts";
import { contrastive } from "./contrastive.ts";
import { distilledSoftmax } from "./distilledSoftmax.ts";
import { lifted } from "./lifted.ts";
import type { Hyperparameters, Method } from "./method.ts";
import { multiSimilarity } from "./multiSimilarity.ts";
import { pddmFeatureOnly, pddmQuadruplet, pddmScoreOnly } from "./pddmQuadruplet.ts";
import { pddmResidual } from "./pddmResidual.ts";
import { pddmTriplet } from "./pddmTriplet.ts";
import { proxyAnchor } from "./proxyAnchor.ts";
import { quadruplet } from "./quadruplet.ts";
import { tripletHard, tripletSemiHard } from "./triplet.ts";

/** Every method by the name that `--method` takes. */
export const METHODS = {
  contrastive,
  "triplet-hard": tripletHard,
  "triplet-semihard": tripletSemiHard,
  lifted,
  quadruplet,
  "pddm-triplet": pddmTriplet,
  "pddm-quadruplet": pddmQuadruplet,
  "pddm-score-only": pddmScoreOnly,
  "pddm-feature-only": pddmFeatureOnly,
  "pddm-residual": pddmResidual,
  "multi-similarity": multiSimilarity,
  "proxy-anchor": proxyAnchor,
  "distilled-softmax": distilledSoftmax,
} satisfies Record<string, Method>;

export type MethodName = keyof typeof METHODS;

export const METHOD_NAMES = keysOf(METHODS);

/** The default hyperparameters of a method. */
export const defaultsOf = (method: MethodName): Hyperparameters =>
  METHODS[method].hyperparameters.parse({});

/** The default, because it ranks new classes best on every data set of docs/results.md. */
export const DEFAULT_METHOD = "distilled-softmax" satisfies MethodName;
