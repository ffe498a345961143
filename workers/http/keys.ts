import * as z from "zod";
import { entriesSchema, entryNameSchema, hexSchema } from "../../shared/entries.ts";
import { fromHex } from "../../shared/hex.ts";
import { sha256 } from "../../shared/package/digest.ts";

/**
 * What a key permits: `embed` to embed and compare, `search` to read collections, `index` to change them,
 * `publish` to publish and promote models, `train` to submit data sets and jobs of training, `work` to do these jobs.
 */
export const SCOPES = ["embed", "search", "index", "publish", "train", "work"] as const;

export type Scope = (typeof SCOPES)[number];

/** An entry of the secret. It holds the SHA-256 of a key, never the key. */
export interface Key {
  name: string;
  scope: Scope;
  digest: Uint8Array<ArrayBuffer>;
}

const entrySchema = z
  .array(z.string())
  .length(3, "it is not <name>:<scope>:<SHA-256>")
  .pipe(
    z.tuple([
      entryNameSchema,
      z.enum(SCOPES, `its scope is not one of ${SCOPES.join(", ")}`),
      hexSchema("SHA-256"),
    ]),
  )
  .transform(([name, scope, digest]): Key => ({ name, scope, digest: fromHex(digest) }));

/** The secret API_KEYS: a list of entries `<name>:<scope>:<SHA-256 of the key>`. */
export const keysSchema = entriesSchema(
  entrySchema,
  "it holds no keys",
  "npm run api-key makes entries",
);

/** Makes the entry of a key for API_KEYS. */
export const keyEntry = async (name: string, scope: Scope, key: string): Promise<string> =>
  `${name}:${scope}:${await sha256(key)}`;
