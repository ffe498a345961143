import * as z from "zod";
import { recordSchema } from "../runs/record.ts";
import { runResultSchema } from "./runResult.ts";

const count = z.int().min(0);
const counts = z.object({ train: count, heldOut: count, test: count });

/** A run that was measured where it was trained, with all that its report and that of an experiment need. */
const measuredRunSchema = z.object({
  ...recordSchema.pick({ config: true, started: true, versions: true }).shape,
  /** What it was measured on. */
  data: z.object({
    ...{ layout: z.string(), fingerprint: z.string() },
    ...{ images: counts, classes: counts },
  }),
  result: runResultSchema,
});

export type MeasuredRun = z.infer<typeof measuredRunSchema>;

/** The file `measures.json` of a job. */
export const jobMeasuresSchema = z.union([
  measuredRunSchema,
  /** Why there are no figures, as a sentence. */
  z.object({ obstacle: z.string() }),
]);

export type JobMeasures = z.infer<typeof jobMeasuresSchema>;
