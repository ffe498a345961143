import * as z from "zod";
import { objectsSchema } from "../protocol/objects.ts";
import type { ShardRpc } from "../protocol/shard.ts";

const envSchema = z.object({
  SHARDS: objectsSchema<ShardRpc>(),
  /** Holds the pictures of collections. */
  MODELS: z.custom<R2Bucket>((value) => typeof value === "object", "the R2 binding is missing"),
  /** Bytes of memory for the matrices of all shards of an isolate. */
  MATRIX_BYTES: z.coerce.number().int().positive(),
});

export type Env = z.infer<typeof envSchema>;

/** Checks the bindings and variables. @throws Error that names the invalid ones */
export function readEnv(bindings: unknown): Env {
  const { data, error } = envSchema.safeParse(bindings);
  if (error) throw new Error(`the Worker's configuration is invalid\n${z.prettifyError(error)}`);
  return data;
}
