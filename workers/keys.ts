import * as z from "zod";
import { fromHex } from "../shared/hex.ts";
import { sha256 } from "../shared/package/digest.ts";

/** What a key is for: to ask the API Worker, or to have the registry do something. */
export const SCOPES = ["embed", "publish"] as const;

export type Scope = (typeof SCOPES)[number];

/** A key as the secret holds it: not itself but its SHA-256, of which nobody makes it again. */
export interface Key {
  name: string;
  scope: Scope;
  digest: Uint8Array<ArrayBuffer>;
}

/** For people, and for the log. */
export const keyNameSchema = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]{0,62}$/,
    "its name is not lower-case letters, digits and -, at most 63",
  );

const entrySchema = z
  .array(z.string())
  .length(3, "it is not <name>:<scope>:<SHA-256>")
  .pipe(
    z.tuple([
      keyNameSchema,
      z.enum(SCOPES, `its scope is not one of ${SCOPES.join(", ")}`),
      z.string().regex(/^[0-9a-f]{64}$/, "its SHA-256 is not 64 lower-case hex digits"),
    ]),
  );

/**
 * The secret API_KEYS: entries `<name>:<scope>:<SHA-256 of the key>`, separated by commas or lines. A
 * fault is told by the entry's position: what stands there may be a key in plain text.
 */
export const keysSchema = z.string().transform((text, context): Key[] => {
  const entries = text.split(/[\s,]+/).filter((entry) => entry !== "");
  if (entries.length === 0) context.addIssue("it holds no keys; npm run key makes one");
  return entries.flatMap((entry, i) => {
    const { data, error } = entrySchema.safeParse(entry.split(":"));
    if (data) return [{ name: data[0], scope: data[1], digest: fromHex(data[2]) }];
    context.addIssue(`entry ${i + 1}: ${error.issues[0].message}; npm run key makes entries`);
    return [];
  });
});

/** The entry of a key in API_KEYS. */
export const keyEntry = async (name: string, scope: Scope, key: string): Promise<string> =>
  `${name}:${scope}:${await sha256(key)}`;
