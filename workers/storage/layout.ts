/** The layout of the R2 bucket, which both Workers share: object keys and the channel pointer. */
import * as z from "zod";
import { versionSchema } from "../../shared/package/manifest.ts";
import { SIGNATURE_FILE } from "../../shared/package/signature.ts";

/** Contains one folder per model. */
export const MODELS_PREFIX = "models/";

/** Contains one folder per version, and `channels/`. */
export const modelPrefix = (name: string) => `models/${name}/`;

export const channelsPrefix = (name: string) => `models/${name}/channels/`;

export const manifestKey = (name: string, version: string) =>
  `models/${name}/${version}/manifest.json`;

export const weightsKey = (name: string, version: string) =>
  `models/${name}/${version}/weights.safetensors`;

export const signatureKey = (name: string, version: string) =>
  `models/${name}/${version}/${SIGNATURE_FILE}`;

export const channelKey = (name: string, channel: string) =>
  `models/${name}/channels/${channel}.json`;

export const channelNameSchema = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]{0,31}$/,
    "a channel name: lower-case letters, digits and -, at most 32",
  );

/** A channel's pointer: the version that the channel serves, and the versions that it served before. */
export const channelSchema = z.strictObject({
  version: versionSchema,
  /** Earlier versions, the latest first. A rollback returns to them. */
  history: z.array(versionSchema).max(100),
  updated: z.iso.datetime(),
});

export type Channel = z.infer<typeof channelSchema>;
