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
 * @returns undefined for a version that was never published, or not to the end
 * @throws BrokenObject where its manifest does not parse
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

/** The published versions of a model, the newest first, and the manifests that are broken. */
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

/** Which of a version's two files are there. */
export async function findFiles(bucket: R2Bucket, name: string, version: string) {
  const [manifest, weights] = await Promise.all([
    bucket.head(manifestKey(name, version)),
    bucket.head(weightsKey(name, version)),
  ]);
  return { some: Boolean(manifest ?? weights), all: Boolean(manifest && weights) };
}

/**
 * Checks that one of the signers has signed a stored version, where there are signers: the API Worker
 * would refuse any other.
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
