import * as z from "zod";
import { datasetNameSchema, datasetVersionSchema } from "../dataset/dataset.ts";
import { modelNameSchema, versionSchema } from "../package/manifest.ts";

/**
 * A job: train a model on a version of a data set, publish it, and promote it where it is better. The registry keeps
 * the table of jobs; training workers claim them.
 */

export const STATES = ["queued", "running", "publishing", "done", "failed", "cancelled"] as const;

export type JobState = (typeof STATES)[number];

/**
 * How often a job is tried before it fails. A checkpoint of a later step begins the count anew, and the try of a worker
 * that was told to stop does not count.
 */
export const MAX_ATTEMPTS = 3;

/** Seconds until a lease ends that is not renewed, unless the registry has another setting. */
export const LEASE_SECONDS = 60;

export const jobIdSchema = z.string().regex(/^[0-9a-f]{12}$/, "a job: 12 hex digits");

export const promoteSchema = z.enum(["never", "if-better", "always"]);

const requirementsSchema = z
  .strictObject({
    /** Where the tensors must live. */
    backend: z.enum(["cuda", "webgpu", "wasm"]).optional(),
    /** Bytes of memory of the GPU. */
    gpuBytes: z.int().min(1).optional(),
  })
  .default({});

/** What a job is to do. */
export const jobRequestSchema = z.strictObject({
  dataset: z.strictObject({ name: datasetNameSchema, version: datasetVersionSchema }),
  model: modelNameSchema,
  /**
   * The training configuration without `data`, as `npm run train` would take it. The submitter checks it by the
   * trainer's schema, and the worker does so again.
   */
  config: z.record(z.string(), z.json()),
  promote: promoteSchema.default("if-better"),
  channel: z.string().default("stable"),
  requirements: requirementsSchema,
  /** Jobs that belong together, such as those of a sweep. */
  group: z.string().max(64).nullable().default(null),
});

/** What a finished training leaves beside the model: its figures as JSON, and a page for people. */
export const ARTIFACTS = ["measures", "report"] as const;

export type Artifact = (typeof ARTIFACTS)[number];

export type JobRequest = z.infer<typeof jobRequestSchema>;

/** A job as it is submitted. */
export const submissionSchema = jobRequestSchema.extend({
  /**
   * Makes it safe to submit a job twice: while there is a job of the same key that has neither failed nor been
   * cancelled, no other is queued.
   */
  key: z.string().min(1).max(64).nullable().default(null),
});

export type Submission = z.output<typeof submissionSchema>;

/** How far a job has come, as its worker says. */
export const progressSchema = z.strictObject({
  step: z.int().min(0),
  steps: z.int().min(1),
  loss: z.number().nullable(),
  /** Recall@1 on held-out classes, at the last evaluation. */
  recall: z.number().nullable(),
  imagesPerSecond: z.number().min(0).nullable(),
});

export type Progress = z.infer<typeof progressSchema>;

/** What the gate found, on the same held-out images by the ranking that each model would serve. */
export const decisionSchema = z.strictObject({
  promoted: z.boolean(),
  /** One sentence for people. */
  reason: z.string().max(1000),
  challenger: z.strictObject({ version: versionSchema, recallAt1: z.number().nullable() }),
  champion: z.strictObject({ version: versionSchema, recallAt1: z.number().nullable() }).nullable(),
  /** Probability of such a difference, or a larger one, by chance; null where nothing was compared. */
  p: z.number().nullable(),
  queries: z.int().min(0),
});

export type Decision = z.infer<typeof decisionSchema>;

export const jobErrorSchema = z.strictObject({
  message: z.string().max(4000),
  /** The last lines that the worker printed. */
  log: z.array(z.string().max(1000)).max(100),
});

export const jobSchema = jobRequestSchema.extend({
  id: jobIdSchema,
  state: z.enum(STATES),
  attempts: z.int().min(0),
  created: z.iso.datetime(),
  updated: z.iso.datetime(),
  /** The worker that has the lease, or had it last. */
  worker: z.string().nullable(),
  progress: progressSchema.nullable(),
  /** Whether there is a checkpoint to go on from, and its step. */
  checkpointStep: z.int().nullable(),
  /** Those that there are. */
  artifacts: z.array(z.enum(ARTIFACTS)),
  decision: decisionSchema.nullable(),
  error: jobErrorSchema.nullable(),
});

export type Job = z.infer<typeof jobSchema>;

/** What a worker says of itself when it claims a job. */
export const claimSchema = z.strictObject({
  worker: z.string().min(1).max(128),
  backend: z.enum(["cuda", "webgpu", "wasm"]),
  gpuBytes: z.int().min(0).default(0),
});

/** A claimed job. The token grows with every claim of a job: what carries an older one is refused. */
export const leaseSchema = z.strictObject({
  job: jobSchema,
  token: z.int().min(1),
  expires: z.iso.datetime(),
  leaseSeconds: z.number().gt(0),
});

export type Lease = z.infer<typeof leaseSchema>;

export const heartbeatSchema = z.strictObject({
  token: z.int().min(1),
  progress: progressSchema.nullable(),
  /** Lines printed since the last heartbeat. */
  log: z.array(z.string().max(1000)).max(100).default([]),
  /** Whether the job is being published, after which it cannot be cancelled. */
  publishing: z.boolean().default(false),
});

export const heartbeatAnswerSchema = z.strictObject({
  expires: z.iso.datetime(),
  /** Whether somebody has cancelled the job: the worker stops. */
  cancelled: z.boolean(),
});

export const completeSchema = z.strictObject({
  token: z.int().min(1),
  decision: decisionSchema,
});

export const failSchema = z.strictObject({
  token: z.int().min(1),
  error: jobErrorSchema,
  /** Whether another try may help. */
  retry: z.boolean(),
  /** Whether the worker was told to stop: then nothing went wrong, and the attempt does not count. */
  stopped: z.boolean().default(false),
});

/** Something that happened to a job. */
export const jobEventSchema = z.strictObject({
  seq: z.int().min(1),
  at: z.iso.datetime(),
  kind: z.enum(["state", "progress", "log", "checkpoint"]),
  /** The state, the progress, lines of the log, or the step of a checkpoint. */
  data: z.json(),
});

export type JobEvent = z.infer<typeof jobEventSchema>;
