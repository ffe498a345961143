import * as z from "zod";
import { signersSchema } from "../../shared/package/signature.ts";
import { keysSchema } from "../http/keys.ts";

const bytes = z.coerce.number().int().positive();

const envSchema = z.object({
  MODELS: z.custom<R2Bucket>((value) => typeof value === "object", "the R2 binding is missing"),
  MAX_MANIFEST_BYTES: bytes,
  MAX_WEIGHTS_BYTES: bytes,
  /** Without it, and without the next, everything is refused. */
  API_KEYS: keysSchema.optional(),
  /** A key of the scope publish in plain text, for who wants no more than one. */
  REGISTRY_TOKEN: z.string().regex(/^\S+$/, "a token without spaces").optional(),
  /** Where set, only what one of them has signed is kept and promoted. */
  SIGNERS: signersSchema.optional(),
});

export type Env = z.infer<typeof envSchema>;

/** Checks the bindings, variables and secrets. @throws Error that names the wrong ones */
export function readEnv(bindings: unknown): Env {
  const { data, error } = envSchema.safeParse(bindings);
  if (error) throw new Error(`the Worker's configuration is wrong\n${z.prettifyError(error)}`);
  return data;
}
