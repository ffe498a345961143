import * as z from "zod";
import { modelNameSchema } from "../../shared/package/manifest.ts";
import { signersSchema } from "../../shared/package/signature.ts";
import { keysSchema } from "../keys.ts";
import { channelNameSchema } from "../storage.ts";

/** wrangler.toml gives numbers, `--var` and the dashboard give text. */
const limit = z.coerce.number().pipe(z.int().min(1));

const flag = z.union([z.boolean(), z.stringbool({ truthy: ["true"], falsy: ["false"] })]);

/** Separated by commas. */
const list = z.string().transform((text) => text.split(",").map((part) => part.trim()));

const origin = z
  .string()
  .regex(/^https?:\/\/[^/?#@\s]+$/, "an origin like https://example.com, without a path");

const dataset = z.custom<AnalyticsEngineDataset>(
  (value) => typeof value === "object" && value !== null && "writeDataPoint" in value,
  "a binding of Workers Analytics Engine",
);

const bucket = z.custom<R2Bucket>(
  (value) => typeof value === "object" && value !== null && "get" in value,
  "an R2 bucket binding",
);

/** The Worker's bindings and variables. One that is not valid stops every request but /healthz. */
export const settingsSchema = z.object({
  MODELS: bucket,
  DEFAULT_MODEL: modelNameSchema,
  CHANNEL: channelNameSchema,
  REFRESH_SECONDS: z.coerce.number().min(0),
  /** A model is given up that is not loaded after so long. */
  LOAD_SECONDS: z.coerce.number().positive(),
  MAX_BODY_BYTES: limit,
  /** Images in one request. */
  MAX_BATCH: limit,
  /** Items in one request, given embeddings included. */
  MAX_ITEMS: limit,
  /** Width times height of one image. */
  MAX_PIXELS: limit,
  /** What all models in memory may take; the two used last stay. */
  MODEL_BYTES: limit,
  /** How networks compute. */
  ARITHMETIC: z.enum(["auto", "int8", "float32"]),
  /** Where set, a key is demanded. */
  API_KEYS: keysSchema.optional(),
  /** Where set, only what one of them has signed is served. */
  SIGNERS: signersSchema.optional(),
  /** Whether everybody may ask where there are no keys. */
  OPEN_TO_ALL: flag.default(false),
  /** Whose pages may read answers: origins, or * for all. */
  CORS_ORIGINS: list.pipe(z.array(z.union([z.literal("*"), origin]))).default([]),
  /** Whether each request is logged as a line. */
  LOG_REQUESTS: flag.default(true),
  /** Takes a point a request, where it is bound. */
  ANALYTICS: dataset.optional(),
});

export type Settings = z.infer<typeof settingsSchema>;
