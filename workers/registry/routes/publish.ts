import type { IRequestStrict } from "itty-router";
import { checkPackage, type PackageFiles } from "../../../shared/package/codec.ts";
import { checkSignature } from "../../../shared/package/signature.ts";
import { demandMediaType, readForm } from "../../http/content.ts";
import { HttpError } from "../../http/errors.ts";
import type { Key } from "../../http/keys.ts";
import { manifestKey, signatureKey, weightsKey } from "../../storage/layout.ts";
import { MANIFEST_OPTIONS, putIfAbsent } from "../bucket.ts";
import type { Env } from "../env.ts";
import { modelName } from "../input.ts";
import { demandLease, namedLease } from "../jobs/fence.ts";

/** Allowance for the boundaries and part headers of the form. */
const FORM_BYTES = 16_384;
const SMALLER = "a package of the scheme int8 has a quarter of the bytes of one in float32";
/** A signature has 129 bytes. */
const MAX_SIGNATURE_BYTES = 1024;

/** POST /models/<name>: checks a package completely and stores it. A stored version never changes. */
export async function publish(request: IRequestStrict, env: Env, key: Key): Promise<Response> {
  const name = modelName(request);
  const lease = namedLease(request, key);
  const files = await readFiles(request, env);
  if (env.SIGNERS) {
    await checkSignature(env.SIGNERS, new TextEncoder().encode(files.manifest), files.signature);
  }
  const manifest = await checkPackage(files);
  if (manifest.name !== name) {
    const problem = `manifest.json names model "${manifest.name}", the path names "${name}"`;
    throw new HttpError("name_mismatch", problem, "manifest");
  }
  await demandLease(lease, env, { model: name });
  const { version } = manifest;
  const { bytes, sha256 } = manifest.weights;
  const isNew = await store(env.MODELS, name, version, files, sha256);
  return Response.json(
    { name, version, bytes, sha256 },
    { status: isNew ? 201 : 200, headers: { location: `/models/${name}/${version}` } },
  );
}

/**
 * Writes the missing files of a version. The manifest comes last: a version with a manifest is complete,
 * and an interrupted publication can be repeated.
 *
 * A signature may be replaced, because versions are signed again when keys rotate. It must cover the
 * stored manifest, byte for byte. R2 has no transactions: two simultaneous first publications of a
 * version with different manifest bytes can store the manifest of one and the signature of the other.
 * The loser gets 409; publishing the stored manifest again repairs the pair.
 *
 * @returns whether the manifest or the weights are new
 * @throws HttpError 409 manifest_differs if the signature does not cover the stored manifest
 */
async function store(
  bucket: R2Bucket,
  name: string,
  version: string,
  { manifest, weights, signature }: PackageFiles,
  sha256: string,
): Promise<boolean> {
  const key = manifestKey(name, version);
  const stored = await (await bucket.get(key))?.text();
  const differs = new HttpError(
    "manifest_differs",
    `the stored manifest.json of version ${version} of "${name}" has other bytes, which this ` +
      "signature does not cover: sign the stored manifest.json, byte for byte",
    "manifest",
  );
  const isSigned = signature !== undefined;
  if (isSigned && stored !== undefined && stored !== manifest) throw differs;
  const wroteWeights = await putIfAbsent(bucket, weightsKey(name, version), weights, { sha256 });
  if (isSigned) await bucket.put(signatureKey(name, version), signature);
  // An interrupted publication may have left the signature of other bytes.
  else if (stored === undefined) await bucket.delete(signatureKey(name, version));
  const wroteManifest = await putIfAbsent(bucket, key, manifest, MANIFEST_OPTIONS);
  // A deletion may have come before the manifest, and taken weights that were there.
  if (!(await bucket.head(weightsKey(name, version)))) {
    await putIfAbsent(bucket, weightsKey(name, version), weights, { sha256 });
  }
  if (isSigned && stored === undefined && !wroteManifest) {
    const winner = await (await bucket.get(key))?.text();
    if (winner !== manifest) throw differs;
  }
  return wroteWeights !== null || wroteManifest !== null;
}

type Part = "manifest" | "weights" | "signature";

async function readFiles(request: Request, env: Env): Promise<PackageFiles> {
  demandMediaType(request, "multipart/form-data");
  const limit = env.MAX_MANIFEST_BYTES + env.MAX_WEIGHTS_BYTES + FORM_BYTES;
  const form = await readForm(request, limit).catch((error: unknown) => {
    if (!(error instanceof HttpError) || error.code !== "body_too_large") throw error;
    throw new HttpError("body_too_large", `${error.message}; ${SMALLER}`);
  });
  return {
    manifest: await readText(form, "manifest", env.MAX_MANIFEST_BYTES),
    weights: await readPart(form, "weights", env.MAX_WEIGHTS_BYTES),
    signature: form.has("signature")
      ? await readText(form, "signature", MAX_SIGNATURE_BYTES)
      : undefined,
  };
}

/** Decodes a part as UTF-8, so that it encodes to the same bytes: a signature covers every byte. */
async function readText(form: FormData, param: Part, limit: number): Promise<string> {
  const bytes = await readPart(form, param, limit);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new HttpError("invalid_request", `${param}: it is not UTF-8`, param);
  }
}

/** The bytes of a part, sent as a file or as text. */
async function readPart(
  form: FormData,
  param: Part,
  limit: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const part = form.get(param);
  if (part === null) throw new HttpError("invalid_request", `${param}: it is missing`, param);
  const blob = typeof part === "string" ? new Blob([part]) : part;
  if (blob.size > limit) {
    const remedy =
      param === "weights" ? "; a package of the scheme int8 has a quarter of float32's" : "";
    const problem = `"${param}" has ${blob.size} bytes; the limit is ${limit}${remedy}`;
    throw new HttpError("part_too_large", problem, param);
  }
  return new Uint8Array(await blob.arrayBuffer());
}
