import * as z from "zod";
import {
  datasetNameSchema,
  datasetVersionSchema,
  digestSchema,
  indexSchema,
} from "../../shared/dataset/dataset.ts";
import {
  ARTIFACTS,
  claimSchema,
  completeSchema,
  failSchema,
  heartbeatAnswerSchema,
  heartbeatSchema,
  jobEventSchema,
  jobIdSchema,
  jobSchema,
  leaseSchema,
  submissionSchema,
} from "../../shared/jobs/job.ts";
import { modelNameSchema, versionSchema } from "../../shared/package/manifest.ts";
import { ERROR_CODES } from "../http/errors.ts";
import { channelNameSchema } from "../storage/channel.ts";

const count = z.int().min(0);

const pointer = {
  version: versionSchema,
  history: z.array(versionSchema),
  updated: z.iso.datetime(),
};

const unreadable = z.array(z.strictObject({ key: z.string(), problem: z.string() }));
const channels = z.record(z.string(), z.strictObject(pointer));

const modelVersion = {
  version: versionSchema,
  created: z.iso.datetime(),
  bytes: count,
  dimensions: count,
  recall: z.record(z.string(), z.number()),
};

const datasetVersion = z.strictObject({
  ...{ version: datasetVersionSchema, images: count, classes: count, bytes: count },
  created: z.iso.datetime(),
});

/** The bodies of requests and answers, by their names in /openapi.json. */
export const schemas = {
  Error: z.strictObject({
    error: z.strictObject({
      code: z.enum(ERROR_CODES),
      message: z.string(),
      param: z.string().nullable(),
    }),
  }),

  Models: z.strictObject({
    models: z.array(z.strictObject({ name: modelNameSchema, channels, unreadable })),
  }),
  Model: z.strictObject({
    ...{ name: modelNameSchema, versions: z.array(z.strictObject(modelVersion)) },
    ...{ channels, unreadable },
  }),
  ModelVersion: z.strictObject({ name: modelNameSchema, ...modelVersion }),
  Published: z.strictObject({
    ...{ name: modelNameSchema, version: versionSchema, bytes: count, sha256: digestSchema },
  }),
  Promotion: z.strictObject({
    version: versionSchema,
    channel: channelNameSchema.optional(),
    from: versionSchema.nullable().optional(),
  }),
  Rollback: z.strictObject({ channel: channelNameSchema.optional() }),
  Channel: z.strictObject({ name: modelNameSchema, channel: channelNameSchema, ...pointer }),

  Datasets: z.strictObject({
    datasets: z.array(z.strictObject({ name: datasetNameSchema, latest: datasetVersionSchema })),
  }),
  Dataset: z.strictObject({
    ...{ name: datasetNameSchema, latest: datasetVersionSchema, versions: z.array(datasetVersion) },
  }),
  DatasetVersion: indexSchema.extend({
    ...{ version: datasetVersionSchema, created: z.iso.datetime() },
  }),
  Pushed: z.strictObject({ name: datasetNameSchema, version: datasetVersionSchema }),
  Shard: z.strictObject({ sha256: digestSchema, bytes: count }),

  JobRequest: submissionSchema,
  Job: jobSchema,
  Jobs: z.strictObject({ jobs: z.array(jobSchema), next: jobIdSchema.nullable() }),
  JobEvents: z.strictObject({ events: z.array(jobEventSchema), finished: z.boolean() }),
  Claim: claimSchema,
  Lease: leaseSchema,
  Heartbeat: heartbeatSchema,
  HeartbeatAnswer: heartbeatAnswerSchema,
  Completion: completeSchema,
  Failure: failSchema,
  Checkpoint: z.strictObject({ step: count, bytes: count }),
  Artifact: z.strictObject({ name: z.enum(ARTIFACTS), bytes: count }),
};

export type SchemaName = keyof typeof schemas;

/** The parameters of paths. */
export const params: Record<string, z.ZodType> = {
  name: datasetNameSchema,
  version: datasetVersionSchema,
  sha256: digestSchema,
  id: jobIdSchema,
  file: z.enum(["manifest.json", "weights.safetensors"]),
};
