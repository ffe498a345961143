import * as z from "zod";
import { BACKENDS } from "../backends/names.ts";
import { recordSchema } from "../runs/record.ts";

/** What a worker and the process that computes for it tell each other. */

const trainSchema = z.strictObject({
  kind: z.literal("train"),
  /** Where it works. The paths of the configuration are relative to it. */
  folder: z.string(),
  config: recordSchema.shape.config,
  /** When the job was submitted. */
  started: z.string(),
  checkpointEveryMs: z.number().min(0),
});

const measureSchema = z.strictObject({
  kind: z.literal("measure"),
  folder: z.string(),
  /** The folders of packages. */
  challenger: z.string(),
  champion: z.string().nullable(),
  data: z.string(),
  trainClasses: z.int().optional(),
  seed: z.int(),
});

const openSchema = z.strictObject({
  kind: z.literal("open"),
  backend: z.enum(["auto", ...BACKENDS]),
});

export const taskSchema = z.discriminatedUnion("kind", [trainSchema, measureSchema, openSchema]);

export type Task = z.input<typeof taskSchema>;
export type TrainTask = z.output<typeof trainSchema>;
export type MeasureTask = z.output<typeof measureSchema>;

/** Save what there is, and end. */
export const stopSchema = z.strictObject({ kind: z.literal("stop") });

/** Which queries find their class first, by each package, on the same images. */
const measuredSchema = z.strictObject({
  queries: z.int().min(0),
  hits: z.strictObject({ challenger: z.array(z.boolean()), champion: z.array(z.boolean()) }),
  /** Why nothing is measured. */
  obstacle: z.string().nullable(),
  /** What a reader has to know of the comparison. */
  remarks: z.array(z.string()),
});

export type Measured = z.infer<typeof measuredSchema>;

/**
 * What is not as it should be on this machine: the images are not those of the data set, or what there was of the run
 * is damaged or of another.
 */
const faultSchema = z.enum(["images", "run"]);

export type Fault = z.infer<typeof faultSchema>;

export const reportSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("say"), line: z.string() }),
  z.strictObject({
    kind: z.literal("step"),
    step: z.int(),
    loss: z.number(),
    imagesPerSecond: z.number(),
  }),
  z.strictObject({ kind: z.literal("evaluation"), recall: z.number() }),
  /** A checkpoint is packed into a file, which is the worker's from then on. */
  z.strictObject({ kind: z.literal("checkpoint"), step: z.int(), path: z.string() }),
  /** The package is there. What is left to do may fail. */
  z.strictObject({ kind: z.literal("packaged") }),
  z.strictObject({ kind: z.literal("trained"), complete: z.boolean() }),
  z.strictObject({ kind: z.literal("measured"), measured: measuredSchema }),
  z.strictObject({ kind: z.literal("opened"), backend: z.enum(BACKENDS) }),
  z.strictObject({
    kind: z.literal("failed"),
    message: z.string(),
    retry: z.boolean(),
    fault: faultSchema.nullable(),
  }),
]);

export type Report = z.infer<typeof reportSchema>;
