import { PackageError } from "../../shared/package/error.ts";
import { parseManifest } from "../../shared/package/manifest.ts";
import { checkSignature, type Signer } from "../../shared/package/signature.ts";
import { manifestKey, modelPrefix, signatureKey, weightsKey } from "../storage/layout.ts";
import { listFolder, parseStored } from "./bucket.ts";
import { HttpError } from "./error.ts";

/** What the registry tells about a version. */
export interface Version {
  version: string;
  created: string;
  /** Of the weights. */
  bytes: number;
  dimensions: number;
  /** Recall@K of the exported model, by K. */
  recall: Record<string, number>;
}

/** @returns undefined for a version that was never published, or not to the end */
export async function readVersion(
  bucket: R2Bucket,
  name: string,
  version: string,
): Promise<Version | undefined> {
  const object = await bucket.get(manifestKey(name, version));
  if (!object) return undefined;
  const { created, weights, embedding, training } = await parseStored(object, parseManifest);
  return {
    version,
    created,
    bytes: weights.bytes,
    dimensions: embedding.dimensions,
    recall: training.metrics.exported,
  };
}

/** Every published version of a model, the newest first. */
export async function readVersions(bucket: R2Bucket, name: string): Promise<Version[]> {
  const { folders } = await listFolder(bucket, modelPrefix(name));
  const names = folders.filter((folder) => folder !== "channels");
  const versions = await Promise.all(names.map((version) => readVersion(bucket, name, version)));
  return versions
    .filter((version) => version !== undefined)
    .sort((a, b) => Date.parse(b.created) - Date.parse(a.created));
}

export const noVersion = (name: string, version: string) =>
  new HttpError(404, "not_found", `model "${name}" has no version ${version}`, {
    param: "version",
  });

/** Which of a version's two files are there. */
export async function findFiles(bucket: R2Bucket, name: string, version: string) {
  const [manifest, weights] = await Promise.all([
    bucket.head(manifestKey(name, version)),
    bucket.head(weightsKey(name, version)),
  ]);
  return { some: Boolean(manifest ?? weights), all: Boolean(manifest && weights) };
}

/**
 * Checks that a stored version is signed by one of the signers, where there are any: the API Worker
 * would refuse it.
 *
 * @throws PackageError, HttpError 404 where it has gone
 */
export async function demandSignature(
  bucket: R2Bucket,
  name: string,
  version: string,
  signers: Signer[] | undefined,
): Promise<void> {
  if (!signers) return;
  const [manifest, signature] = await Promise.all([
    bucket.get(manifestKey(name, version)),
    bucket.get(signatureKey(name, version)),
  ]);
  if (!manifest) throw noVersion(name, version);
  try {
    await checkSignature(signers, await manifest.bytes(), await signature?.text());
  } catch (error) {
    if (!(error instanceof PackageError)) throw error;
    throw new PackageError(error.fault, `version ${version} of "${name}": ${error.message}`);
  }
}
