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

/** Contains an empty object for each collection, so that they can be listed. */
export const COLLECTION_NAMES_PREFIX = "collections/names/";

export const collectionNameKey = (name: string) => `${COLLECTION_NAMES_PREFIX}${name}`;

/** Contains the pictures of a collection. @param uid the collection's own name, which no other has had */
export const picturesPrefix = (uid: string) => `collections/pictures/${uid}/`;

/** A new key: two writes of an item never share a picture, so that each may delete that of the one before. */
export const pictureKey = (uid: string) => `${picturesPrefix(uid)}${crypto.randomUUID()}`;
