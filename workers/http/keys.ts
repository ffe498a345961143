import * as z from "zod";
import { entriesSchema, entryNameSchema, hexSchema } from "../../shared/entries.ts";
import { fromHex } from "../../shared/hex.ts";
import { sha256 } from "../../shared/package/digest.ts";

/** What a key is for: to ask the API Worker, or to have the registry do something. */
export const SCOPES = ["embed", "publish"] as const;

export type Scope = (typeof SCOPES)[number];

/** A key as the secret holds it: not itself but its SHA-256, of which nobody makes it again. */
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

/** The secret API_KEYS: entries `<name>:<scope>:<SHA-256 of the key>`. */
export const keysSchema = entriesSchema(
  entrySchema,
  "it holds no keys",
  "npm run api-key makes entries",
);

/** The entry of a key in API_KEYS. */
export const keyEntry = async (name: string, scope: Scope, key: string): Promise<string> =>
  `${name}:${scope}:${await sha256(key)}`;
