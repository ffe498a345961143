import { parseManifest } from "../../../shared/package/manifest.ts";
import { checkSignature, type Signer } from "../../../shared/package/signature.ts";
import { checkLength, PackageStream } from "../../../shared/package/stream.ts";
import { Model } from "../../../shared/model.ts";
import {
  channelKey,
  channelSchema,
  manifestKey,
  signatureKey,
  weightsKey,
} from "../../storage/layout.ts";
import { openEngine } from "../engine/backend.ts";
import { type Arithmetic, arithmeticOf, engineOf } from "../engine/engine.ts";
import { fileOfObject, type StoredFile } from "./stored.ts";

/** The bucket holds no such model, channel or version. */
export class ModelMissing extends Error {
  override name = "ModelMissing";
}

async function read(bucket: R2Bucket, key: string): Promise<R2ObjectBody> {
  const object = await bucket.get(key);
  if (!object) throw new ModelMissing(`the bucket has no ${key}`);
  return object;
}

/** All of an object; where R2 breaks off, nothing is told of the object itself. */
async function bytesOf(object: R2ObjectBody): Promise<Uint8Array<ArrayBuffer>> {
  const { key, size } = object;
  const bytes = new Uint8Array(await object.arrayBuffer());
  if (bytes.length !== size) throw new Error(`R2 gave ${bytes.length} of ${size} bytes of ${key}`);
  return bytes;
}

const textOf = async (object: R2ObjectBody): Promise<string> =>
  new TextDecoder().decode(await bytesOf(object));

/** @returns undefined where the package is not signed */
async function readSignature(
  bucket: R2Bucket,
  name: string,
  version: string,
): Promise<string | undefined> {
  const object = await bucket.get(signatureKey(name, version));
  return object ? textOf(object) : undefined;
}

/** The version that a channel serves. @throws ModelMissing, or others for a broken pointer */
export async function readPointer(
  bucket: R2Bucket,
  name: string,
  channel: string,
): Promise<string> {
  const object = await read(bucket, channelKey(name, channel));
  return channelSchema.parse(JSON.parse(await textOf(object))).version;
}

/**
 * Reads a package, checks it, and makes it ready to embed. To compare takes `openEngine` as well.
 *
 * @param signers one of whom must have signed it; anybody or nobody where not given
 * @throws ModelMissing, or PackageError and others where the package cannot be used
 */
export async function loadModel(
  bucket: R2Bucket,
  name: string,
  version: string,
  wanted: Arithmetic,
  signers?: Signer[],
): Promise<Model> {
  const asking = read(bucket, weightsKey(name, version)).then(fileOfObject);
  // Looked at in time, unless the manifest's fault is thrown before.
  asking.catch(() => undefined);
  try {
    return await openModel(bucket, name, version, asking, wanted, signers);
  } catch (error) {
    // The rest would come for nobody and hold one of the few connections; nobody waits for its end, either.
    void asking.then((weights) => weights.cancel()).catch(() => undefined);
    throw error;
  }
}

async function openModel(
  bucket: R2Bucket,
  name: string,
  version: string,
  asking: Promise<StoredFile>,
  wanted: Arithmetic,
  signers: Signer[] | undefined,
): Promise<Model> {
  // Checked while the weights are on their way.
  const [bytes, signature] = await Promise.all([
    read(bucket, manifestKey(name, version)).then(bytesOf),
    signers && readSignature(bucket, name, version),
  ]);
  if (signers) await checkSignature(signers, bytes, signature);
  const manifest = await parseManifest(new TextDecoder().decode(bytes));
  if (manifest.name !== name || manifest.version !== version) {
    throw new Error(`${name}@${version} holds the package ${manifest.name}@${manifest.version}`);
  }
  // In int8 arithmetic the network does without tfjs.
  if (arithmeticOf(manifest, wanted) === "float32") await openEngine();
  const weights = await asking;
  checkLength(manifest, weights.size);
  const content = await PackageStream.open(manifest, weights);
  const model = await Model.open(content, engineOf(wanted));
  try {
    await content.end();
  } catch (error) {
    model.dispose();
    throw error;
  }
  return model;
}

/** Runs the network on a black image. */
function embedBlack(model: Model): Float32Array {
  const { width, height } = model.manifest.input;
  return model.embed(new Uint8Array(width * height * 3));
}

/** Whether a model's network runs. */
export function canEmbed(model: Model): boolean {
  try {
    embedBlack(model);
    return true;
  } catch {
    return false;
  }
}

/**
 * The first run compiles and allocates: where an older version serves meanwhile, no visitor waits for
 * it. A model that fails at it is disposed of.
 */
export async function warmUp(model: Model): Promise<void> {
  try {
    await openEngine();
    model.scorePairs(embedBlack(model), Int32Array.of(0), Int32Array.of(0));
  } catch (error) {
    model.dispose();
    throw error;
  }
}
