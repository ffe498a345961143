import { PackageError } from "../../shared/package/error.ts";
import { parseManifest } from "../../shared/package/manifest.ts";
import { checkSignature, type Signer } from "../../shared/package/signature.ts";
import { manifestKey, modelPrefix, signatureKey, weightsKey } from "../storage/layout.ts";
import { listFolder, parseStored, readAll, type Unreadable } from "./bucket.ts";
import { HttpError } from "../http/errors.ts";

/** A version as the registry describes it. */
export interface Version {
  version: string;
  created: string;
  /** Length of the weights. */
  bytes: number;
  dimensions: number;
  /** Recall@K of the exported model, by K. */
  recall: Record<string, number>;
}

/**
 * @returns undefined if the version has no manifest: it does not exist, or its publication did not finish
 * @throws BrokenObject if its manifest is invalid
 */
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

/** The published versions of a model, newest first, and the broken manifests. */
export async function readVersions(
  bucket: R2Bucket,
  name: string,
): Promise<{ versions: Version[]; unreadable: Unreadable[] }> {
  const { folders } = await listFolder(bucket, modelPrefix(name));
  const names = folders.filter((folder) => folder !== "channels");
  const { found, unreadable } = await readAll(
    names.map((version) => readVersion(bucket, name, version)),
  );
  const versions = found
    .filter((version) => version !== undefined)
    .sort((a, b) => Date.parse(b.created) - Date.parse(a.created));
  return { versions, unreadable };
}

export const noVersion = (name: string, version: string) =>
  new HttpError("unknown_model", `model "${name}" has no version ${version}`, "version");

/** Whether some or all of a version's two files, manifest and weights, exist. */
export async function findFiles(bucket: R2Bucket, name: string, version: string) {
  const [manifest, weights] = await Promise.all([
    bucket.head(manifestKey(name, version)),
    bucket.head(weightsKey(name, version)),
  ]);
  return { some: Boolean(manifest ?? weights), all: Boolean(manifest && weights) };
}

/**
 * Checks that one of the signers has signed a stored version. The API Worker would refuse any other.
 *
 * @param signers if undefined, nothing is checked
 * @throws PackageError if none of them has signed it, HttpError 404 if it no longer exists
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
