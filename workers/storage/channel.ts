import * as z from "zod";
import { firstIssue } from "../../shared/firstIssue.ts";
import { parseJson } from "../../shared/json.ts";
import { versionSchema } from "../../shared/package/manifest.ts";

export const channelNameSchema = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]{0,31}$/,
    "a channel name: lower-case letters, digits and -, at most 32",
  );

const channelSchema = z.strictObject({
  version: versionSchema,
  /** Earlier versions, the latest first. A rollback returns to them. */
  history: z.array(versionSchema).max(100),
  updated: z.iso.datetime(),
});

/** A channel's pointer: the version that the channel serves, and the versions that it served before. */
export type Channel = z.infer<typeof channelSchema>;

/** Parses a channel's pointer. @throws Error that names the first invalid field */
export function parseChannel(text: string): Channel {
  const json = parseJson(text);
  if (json === undefined) throw new Error("the pointer is not JSON");
  const { data, error } = channelSchema.safeParse(json);
  if (data) return data;
  const { path, message } = firstIssue(error);
  throw new Error(`the pointer at ${path.map(String).join(".") || "the top level"}: ${message}`);
}
