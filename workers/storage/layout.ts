/** The keys of the objects in the R2 bucket, which both Workers share. */
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
