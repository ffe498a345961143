import * as z from "zod";

/** The schema of the output of `npm run bench-train -- --against pytorch --json`. */

const ms = z.number().min(0);

export const timedSchema = z.strictObject({
  times: z.strictObject({ data: ms, forward: ms, loss: ms, backward: ms, update: ms }),
  /** Processor time of the step, of all threads. */
  cpu_ms: ms,
});

export type Timed = z.infer<typeof timedSchema>;

export const comparisonSchema = z.strictObject({
  network: z.string(),
  batch: z.int(),
  /** Medians of each part by itself; the first is ours. */
  rows: z.array(
    z.strictObject({
      name: z.string(),
      images_per_s: z.number().positive(),
      step_ms: ms,
      ...timedSchema.shape,
      /** Our images per second as a share of this row's: the median of those of the single turns. */
      ratio: z.number().positive(),
    }),
  ),
});

export type Comparison = z.infer<typeof comparisonSchema>;
