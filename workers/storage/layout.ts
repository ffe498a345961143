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

/** Contains one folder per data set. */
export const DATASETS_PREFIX = "datasets/";

export const shardsPrefix = (name: string) => `datasets/${name}/shards/`;

/** Versions share shards of the same content. */
export const shardKey = (name: string, sha256: string) => `${shardsPrefix(name)}${sha256}.tar`;

/**
 * The entries of a version. Named by their digest: of two pushers of a version, each may have packed it into shards in
 * a way of its own.
 */
export const entriesKey = (name: string, sha256: string) =>
  `datasets/${name}/entries/${sha256}.ndjson`;

export const indexesPrefix = (name: string) => `datasets/${name}/versions/`;

/** The index of a version. It is written last, and names its entries and shards. */
export const indexKey = (name: string, version: string) => `${indexesPrefix(name)}${version}.json`;

export const latestKey = (name: string) => `datasets/${name}/latest.json`;

export const checkpointsPrefix = (job: string) => `jobs/${job}/checkpoints/`;

/** A new key: an upload never replaces another, so that a worker that has lost its job cannot spoil its successor's. */
export const checkpointKey = (job: string, token: number, step: number) =>
  `${checkpointsPrefix(job)}${token}-${step}-${crypto.randomUUID()}`;

/** A new key, as that of a checkpoint. */
export const artifactKey = (job: string, token: number, name: string) =>
  `jobs/${job}/artifacts/${name}-${token}-${crypto.randomUUID()}`;
