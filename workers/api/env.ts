import * as z from "zod";
import { firstIssue } from "../../shared/firstIssue.ts";
import { modelNameSchema } from "../../shared/package/manifest.ts";
import { signersSchema } from "../../shared/package/signature.ts";
import { assetsSchema } from "../http/assets.ts";
import { keysSchema } from "../http/keys.ts";
import { LONGEST_LOAD_SECONDS } from "./models/timeLimit.ts";
import type { CollectionRpc } from "../protocol/collection.ts";
import { objectsSchema } from "../protocol/objects.ts";
import type { ShardRpc } from "../protocol/shard.ts";
import { channelNameSchema } from "../storage/channel.ts";
import type { Task } from "./background/task.ts";

/** A number in wrangler.toml, a text from `--var` or the dashboard. */
const limit = z.coerce.number().pipe(z.int().min(1));

const bucket = z.custom<R2Bucket>(
  (value) => typeof value === "object" && value !== null && "get" in value,
  "an R2 bucket binding",
);

const queue = z.custom<Queue<Task>>(
  (value) => typeof value === "object" && value !== null && "sendBatch" in value,
  "a queue",
);

const vectorize = z.custom<Vectorize>(
  (value) => typeof value === "object" && value !== null && "query" in value,
  "an index of Vectorize",
);

const analytics = z.custom<AnalyticsEngineDataset>(
  (value) => typeof value === "object" && value !== null && "writeDataPoint" in value,
  "a binding of an Analytics Engine data set",
);

const rateLimiter = z.custom<RateLimit>(
  (value) => typeof value === "object" && value !== null && "limit" in value,
  "a rate limiting binding",
);

const list = z.string().transform((text) => text.split(",").map((part) => part.trim()));

const origin = z
  .string()
  .regex(/^(\*|https?:\/\/[^\s/]+)$/, "origins such as https://example.com, comma-separated, or *");

/** The Worker's bindings and variables. An invalid one stops every request but /healthz. */
export const settingsSchema = z.object({
  MODELS: bucket,
  /** The pages. Without this binding there are none. */
  ASSETS: assetsSchema.optional(),
  /** If bound, each request writes a data point. */
  ANALYTICS: analytics.optional(),
  /** If bound, it limits the requests of each key or address. */
  RATE_LIMITER: rateLimiter.optional(),
  /** The search Worker's objects. Without them there are no collections. */
  COLLECTIONS: objectsSchema<CollectionRpc>().optional(),
  SHARDS: objectsSchema<ShardRpc>().optional(),
  /** What is done for collections in the background. */
  TASKS: queue.optional(),
  /** The bucket whose pictures collections may follow. */
  PICTURES: bucket.optional(),
  /** For collections that take their candidates from it. */
  VECTORIZE: vectorize.optional(),
  DEFAULT_MODEL: modelNameSchema,
  CHANNEL: channelNameSchema,
  REFRESH_SECONDS: z.coerce.number().min(0),
  /** A load that takes longer is aborted. */
  LOAD_SECONDS: z.coerce
    .number()
    .positive()
    .max(LONGEST_LOAD_SECONDS, `at most ${LONGEST_LOAD_SECONDS} seconds`),
  MAX_BODY_BYTES: limit,
  /** A body that is one image: it is not copied, as what JSON and forms hold is. */
  MAX_IMAGE_BYTES: limit,
  /** Images in one request. */
  MAX_BATCH: limit,
  /** Items in one request, including embeddings. */
  MAX_ITEMS: limit,
  /** Bytes of memory that decoding one image may take. */
  DECODE_BYTES: limit,
  /** The arithmetic of networks. */
  ARITHMETIC: z.enum(["auto", "int8", "float32"]),
  /** Bytes of memory for all models together. */
  MODEL_BYTES: limit,
  /** Bytes of memory for cached embeddings; 0 caches none. */
  CACHE_BYTES: z.coerce.number().pipe(z.int().min(0)),
  /** The origins whose pages may call the API, or *. */
  CORS_ORIGINS: list.pipe(z.array(origin)).optional(),
  /** If set, the API requires one of these keys. */
  API_KEYS: keysSchema.optional(),
  /** If set, the API serves only packages that one of these has signed. */
  SIGNERS: signersSchema.optional(),
  /** Whether everybody may call the API if no keys are set. */
  OPEN_TO_ALL: z
    .union([z.boolean(), z.stringbool({ truthy: ["true"], falsy: ["false"] })])
    .default(false),
});

export type Settings = z.infer<typeof settingsSchema>;

/** Checks the bindings and variables. @throws Error that names an invalid one */
export function readSettings(env: unknown): Settings {
  const parsed = settingsSchema.safeParse(env);
  if (parsed.success) return parsed.data;
  const { path, message } = firstIssue(parsed.error);
  throw new Error(`the Worker's variable ${path.map(String).join(".")} is invalid: ${message}`);
}
