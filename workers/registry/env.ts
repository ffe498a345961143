import * as z from "zod";
import { signersSchema } from "../../shared/package/signature.ts";
import { assetsSchema } from "../http/assets.ts";
import { keysSchema } from "../http/keys.ts";
import type { DatasetRpc } from "../protocol/datasets.ts";
import type { JobsRpc } from "../protocol/jobs.ts";
import { objectsSchema } from "../protocol/objects.ts";
import { boundedBucket } from "./boundedBucket.ts";

const bytes = z.coerce.number().int().positive();

const envSchema = z.object({
  MODELS: z
    .custom<R2Bucket>((value) => typeof value === "object", "the R2 binding is missing")
    .transform(boundedBucket),
  /** An object for each data set, by name. */
  DATASETS: objectsSchema<DatasetRpc>(),
  /** One object. */
  JOBS: objectsSchema<JobsRpc>(),
  /** The page of jobs. Without this binding there is none. */
  ASSETS: assetsSchema.optional(),
  /** How long a worker that claims a job has it without a heartbeat. */
  LEASE_SECONDS: z.coerce.number().positive(),
  MAX_MANIFEST_BYTES: bytes,
  MAX_WEIGHTS_BYTES: bytes,
  /** Without API_KEYS and REGISTRY_TOKEN every request is refused. */
  API_KEYS: keysSchema.optional(),
  /** A single key of the scope publish, in plain text. */
  REGISTRY_TOKEN: z.string().regex(/^\S+$/, "a token without spaces").optional(),
  /** If set, only packages that one of them has signed are stored and promoted. */
  SIGNERS: signersSchema.optional(),
});

export type Env = z.infer<typeof envSchema>;

const known = new WeakMap<object, Env>();

/** Checks the bindings, variables and secrets, once for each object. @throws Error that names the invalid ones */
export function readEnv(bindings: object): Env {
  const before = known.get(bindings);
  if (before) return before;
  const { data, error } = envSchema.safeParse(bindings);
  if (error) throw new Error(`the Worker's configuration is invalid\n${z.prettifyError(error)}`);
  known.set(bindings, data);
  return data;
}
