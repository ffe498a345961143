import * as z from "zod";
import type { Job } from "../../../shared/jobs/job.ts";
import type { JobMeasures } from "../../../trainer/paper/measuredRun.ts";

/** What tells how good a job is; null: not known. */
export interface Figures {
  /** Recall@1 by D on held-out training classes: what settings are chosen by. */
  heldOut: number | null;
  /** On classes that nobody has chosen by. */
  test: { recallAt1: number; mapAtR: number } | null;
}

const patienceSchema = z.object({ patience: z.number() });

/** @param measures what its worker has measured; null: nothing */
export function figuresOf({ progress, config }: Job, measures: JobMeasures | null): Figures {
  if (!measures || "obstacle" in measures) {
    return { heldOut: progress?.recall ?? null, test: null };
  }
  const { curve, measures: found } = measures.result;
  const recalls = curve.map(({ recallAt1 }) => recallAt1);
  // With patience, the network is that of the best evaluation.
  const isBest = (patienceSchema.safeParse(config).data?.patience ?? 0) > 0;
  const recall = isBest ? Math.max(...recalls) : recalls.at(-1);
  const { images, classes } = measures.data;
  // Otherwise the evaluations are of training classes (validationItems), which say nothing of new ones.
  const isHeldOut = classes.heldOut > 1 && images.heldOut > classes.heldOut;
  return {
    heldOut: isHeldOut && recalls.length > 0 ? (recall ?? null) : null,
    test: { recallAt1: found.d.recall["1"] ?? NaN, mapAtR: found.d.mapAtR },
  };
}
