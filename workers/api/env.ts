import * as z from "zod";
import { modelNameSchema } from "../../shared/package/manifest.ts";
import { signersSchema } from "../../shared/package/signature.ts";
import { keysSchema } from "../keys.ts";
import { channelNameSchema } from "../storage.ts";

/** wrangler.toml gives numbers, `--var` and the dashboard give text. */
const limit = z.coerce.number().pipe(z.int().min(1));

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
  /** How networks compute. */
  ARITHMETIC: z.enum(["auto", "int8", "float32"]),
  /** Where set, a key is demanded. */
  API_KEYS: keysSchema.optional(),
  /** Where set, only what one of them has signed is served. */
  SIGNERS: signersSchema.optional(),
  /** Whether everybody may ask where there are no keys. */
  OPEN_TO_ALL: z
    .union([z.boolean(), z.stringbool({ truthy: ["true"], falsy: ["false"] })])
    .default(false),
});

export type Settings = z.infer<typeof settingsSchema>;
