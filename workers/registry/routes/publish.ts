import type { IRequestStrict } from "itty-router";
import { decodePackage, type PackageFiles } from "../../../shared/package/codec.ts";
import { checkSignature } from "../../../shared/package/signature.ts";
import { readBody } from "../../http/body.ts";
import { manifestKey, signatureKey, weightsKey } from "../../storage/layout.ts";
import { putIfAbsent } from "../bucket.ts";
import type { Env } from "../env.ts";
import { HttpError } from "../error.ts";
import { demandMediaType, modelName } from "../input.ts";

/** What boundaries and part headers may add to the two files. */
const FORM_BYTES = 16_384;
/** A signature has 129. */
const MAX_SIGNATURE_BYTES = 1024;

/** POST /models/<name>: checks a package from end to end, then keeps it. Once, and never again. */
export async function publish(request: IRequestStrict, env: Env): Promise<Response> {
  const name = modelName(request);
  const files = await readFiles(request, env);
  if (env.SIGNERS) {
    await checkSignature(env.SIGNERS, new TextEncoder().encode(files.manifest), files.signature);
  }
  const { manifest } = await decodePackage(files);
  const { version } = manifest;
  if (manifest.name !== name) {
    throw new HttpError(
      422,
      "name_mismatch",
      `manifest.json is of model "${manifest.name}", the path says "${name}"`,
      { param: "manifest" },
    );
  }
  // The manifest last: a version with a manifest is whole. After a publication that broke off
  // between the two, the next one finds the weights there and adds the manifest.
  const { sha256 } = manifest.weights;
  const wroteWeights = await putIfAbsent(env.MODELS, weightsKey(name, version), files.weights, {
    sha256,
  });
  // The one file that may be replaced: a version is signed anew when keys rotate.
  if (files.signature !== undefined) {
    await env.MODELS.put(signatureKey(name, version), files.signature);
  }
  const wroteManifest = await putIfAbsent(env.MODELS, manifestKey(name, version), files.manifest, {
    httpMetadata: { contentType: "application/json" },
  });
  return Response.json(
    { name, version, bytes: manifest.weights.bytes, sha256 },
    {
      status: wroteWeights || wroteManifest ? 201 : 200,
      headers: { location: `/models/${name}/${version}` },
    },
  );
}

type Part = "manifest" | "weights" | "signature";

async function readFiles(request: Request, env: Env): Promise<PackageFiles> {
  demandMediaType(request, "multipart/form-data");
  const form = await readForm(request, env.MAX_MANIFEST_BYTES + env.MAX_WEIGHTS_BYTES + FORM_BYTES);
  const text = async (param: Part, limit: number) =>
    new TextDecoder().decode(await readPart(form, param, limit));
  return {
    manifest: await text("manifest", env.MAX_MANIFEST_BYTES),
    weights: await readPart(form, "weights", env.MAX_WEIGHTS_BYTES),
    signature: form.has("signature") ? await text("signature", MAX_SIGNATURE_BYTES) : undefined,
  };
}

async function readForm(request: Request, limit: number): Promise<FormData> {
  const bytes = await readBody(request, limit);
  const type = request.headers.get("content-type") ?? "";
  try {
    return await new Response(bytes, { headers: { "content-type": type } }).formData();
  } catch {
    throw new HttpError(400, "malformed_form", "the body is not multipart/form-data");
  }
}

/** A part's bytes, whether it came as a file or as text. */
async function readPart(
  form: FormData,
  param: Part,
  limit: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const part = form.get(param);
  if (part === null) {
    throw new HttpError(400, "missing_part", `the form has no part "${param}"`, { param });
  }
  const blob = typeof part === "string" ? new Blob([part]) : part;
  if (blob.size > limit) {
    const message = `"${param}" has ${blob.size} bytes, the limit is ${limit}`;
    throw new HttpError(413, "part_too_large", message, { param });
  }
  return new Uint8Array(await blob.arrayBuffer());
}
