import * as z from "zod/mini";
import type { Decision, Job, JobEvent, JobState, Progress } from "../../../../shared/jobs/job.ts";

/** Schemas of the parts of the registry's answers that the page reads. */

export const STATES = [
  "queued",
  "running",
  "publishing",
  "done",
  "failed",
  "cancelled",
] as const satisfies JobState[];

export const progressSchema = z.object({
  step: z.number(),
  steps: z.number(),
  loss: z.nullable(z.number()),
  recall: z.nullable(z.number()),
  imagesPerSecond: z.nullable(z.number()),
}) satisfies z.ZodMiniType<Progress>;

const comparedSchema = z.object({ version: z.string(), recallAt1: z.nullable(z.number()) });

const decisionSchema = z.object({
  promoted: z.boolean(),
  reason: z.string(),
  challenger: comparedSchema,
  champion: z.nullable(comparedSchema),
  p: z.nullable(z.number()),
  queries: z.number(),
}) satisfies z.ZodMiniType<Decision>;

export const jobSchema = z.object({
  id: z.string(),
  state: z.enum(STATES),
  model: z.string(),
  dataset: z.object({ name: z.string(), version: z.string() }),
  config: z.record(z.string(), z.json()),
  promote: z.enum(["never", "if-better", "always"]),
  channel: z.string(),
  requirements: z.object({
    backend: z.optional(z.enum(["cuda", "webgpu", "wasm"])),
    gpuBytes: z.optional(z.number()),
  }),
  group: z.nullable(z.string()),
  attempts: z.number(),
  created: z.string(),
  updated: z.string(),
  worker: z.nullable(z.string()),
  progress: z.nullable(progressSchema),
  checkpointStep: z.nullable(z.number()),
  decision: z.nullable(decisionSchema),
  error: z.nullable(z.object({ message: z.string(), log: z.array(z.string()) })),
  artifacts: z.array(z.enum(["measures", "report"])),
}) satisfies z.ZodMiniType<Job>;

export type ShownJob = z.infer<typeof jobSchema>;
export type ShownProgress = z.infer<typeof progressSchema>;

export const jobsSchema = z.object({ jobs: z.array(jobSchema), next: z.nullable(z.string()) });

export const eventSchema = z.object({
  seq: z.number(),
  at: z.string(),
  kind: z.enum(["state", "progress", "log", "checkpoint"]),
  data: z.json(),
}) satisfies z.ZodMiniType<JobEvent>;

export type ShownEvent = z.infer<typeof eventSchema>;

export const modelSchema = z.object({
  channels: z.record(z.string(), z.object({ version: z.string() })),
});

export const channelSchema = z.object({ version: z.string() });
