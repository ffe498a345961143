import type { Manifest } from "../../../shared/package/manifest.ts";
import { calibrate } from "./calibrate.ts";
import type { Embedded } from "../embedded.ts";
import { measurePairs, type Scorer } from "../scorer.ts";
import { samplePairs } from "./pairs.ts";

export type Calibration = Manifest["calibration"];

const count = (same: boolean[], value: boolean) => same.filter((it) => it === value).length;

/** How S becomes a probability. @param embedded images of classes that are not those of the test */
export function calibrateOn(
  scorer: Scorer,
  embedded: Embedded,
  classes: Calibration["classes"],
  seed: number,
): Calibration {
  const pairs = samplePairs(embedded.labels, seed);
  const { scores } = measurePairs(scorer, embedded, pairs);
  return {
    ...calibrate(scores, pairs.same),
    prior: 0.5,
    classes,
    pairs: { positive: count(pairs.same, true), negative: count(pairs.same, false) },
  };
}
