import * as z from "zod";
import { firstIssue } from "./firstIssue.ts";

/** The name of a key or a signer, for people and for the log. */
export const entryNameSchema = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]{0,62}$/,
    "its name is not lower-case letters, digits and -, at most 63",
  );

/** Schema of 32 bytes in hex. @param what names them in the message */
export const hexSchema = (what: string) =>
  z.string().regex(/^[0-9a-f]{64}$/, `its ${what} is not 64 lower-case hex digits`);

/**
 * Schema of a variable that holds entries, separated by commas or white space, with parts separated by
 * colons. Messages name an entry by its position, because its text may be a secret.
 *
 * @param entry schema of the parts of an entry
 * @param empty the message if there are no entries
 * @param remedy how to make entries, for the message
 */
export function entriesSchema<T>(entry: z.ZodType<T, string[]>, empty: string, remedy: string) {
  return z.string().transform((text, context): T[] => {
    const entries = text.split(/[\s,]+/).filter((part) => part !== "");
    if (entries.length === 0) context.addIssue(`${empty}; ${remedy}`);
    return entries.flatMap((part, i) => {
      const { data, error } = entry.safeParse(part.split(":"));
      if (!error) return [data];
      context.addIssue(`entry ${i + 1}: ${firstIssue(error).message}; ${remedy}`);
      return [];
    });
  });
}
