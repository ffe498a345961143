import { parseManifest } from "../../../shared/package/manifest.ts";
import { checkLength, PackageStream } from "../../../shared/package/stream.ts";
import { Model } from "../../../shared/model.ts";
import { channelKey, channelSchema, manifestKey, weightsKey } from "../../storage.ts";
import { openEngine } from "./backend.ts";
import { type Arithmetic, arithmeticOf, engineOf } from "./engine.ts";
import { sourceOfObject } from "./stored.ts";

/** The bucket holds no such model, channel or version. */
export class ModelMissing extends Error {
  override name = "ModelMissing";
}

async function read(bucket: R2Bucket, key: string): Promise<R2ObjectBody> {
  const object = await bucket.get(key);
  if (!object) throw new ModelMissing(`the bucket has no ${key}`);
  return object;
}

/** The version that a channel serves. @throws ModelMissing, or a ZodError for a broken pointer */
export async function readPointer(
  bucket: R2Bucket,
  name: string,
  channel: string,
): Promise<string> {
  const object = await read(bucket, channelKey(name, channel));
  return channelSchema.parse(await object.json()).version;
}

/**
 * Reads a package, checks it, and makes it ready to embed. To compare takes `openEngine` as well.
 *
 * @throws ModelMissing, or PackageError and others where the package cannot be used
 */
export async function loadModel(
  bucket: R2Bucket,
  name: string,
  version: string,
  wanted: Arithmetic,
): Promise<Model> {
  const asking = read(bucket, weightsKey(name, version));
  // Looked at below, unless the manifest's fault is thrown before.
  asking.catch(() => undefined);
  // Parsed while the weights are on their way.
  const object = await read(bucket, manifestKey(name, version));
  const manifest = await parseManifest(await object.text());
  if (manifest.name !== name || manifest.version !== version) {
    throw new Error(`${name}@${version} holds the package ${manifest.name}@${manifest.version}`);
  }
  // In int8 arithmetic the network does without tfjs.
  if (arithmeticOf(manifest, wanted) === "float32") await openEngine();
  const weights = await asking;
  checkLength(manifest, weights.size);
  const content = await PackageStream.open(manifest, sourceOfObject(weights));
  const model = await Model.open(content, engineOf(wanted));
  try {
    await content.end();
  } catch (error) {
    model.dispose();
    throw error;
  }
  return model;
}

/**
 * The first run compiles and allocates: where an older version serves meanwhile, no visitor waits for
 * it. A model that fails at it is disposed of.
 */
export async function warmUp(model: Model): Promise<void> {
  try {
    await openEngine();
    const { width, height } = model.manifest.input;
    const embedding = model.embed(new Uint8Array(width * height * 3));
    model.scorePairs(embedding, Int32Array.of(0), Int32Array.of(0));
  } catch (error) {
    model.dispose();
    throw error;
  }
}
