import { decodePackage } from "../../../shared/package/codec.ts";
import { Model } from "../../../shared/model.ts";
import { channelKey, channelSchema, manifestKey, weightsKey } from "../../storage.ts";
import { openEngine } from "./backend.ts";
import { type Arithmetic, engineOf } from "./engine.ts";

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

/** The first run compiles and allocates: it must not be a visitor's. */
function warmUp(model: Model): void {
  const { width, height } = model.manifest.input;
  const embedding = model.embed(new Uint8Array(width * height * 3));
  model.scorePairs(embedding, Int32Array.of(0), Int32Array.of(0));
}

/**
 * Reads a package, checks it and runs it once.
 *
 * @throws ModelMissing, or PackageError and others where the package cannot be used
 */
export async function loadModel(
  bucket: R2Bucket,
  name: string,
  version: string,
  arithmetic: Arithmetic,
): Promise<Model> {
  const [manifest, weights] = await Promise.all([
    read(bucket, manifestKey(name, version)).then((object) => object.text()),
    read(bucket, weightsKey(name, version)).then((object) => object.arrayBuffer()),
    openEngine(),
  ]);
  const content = await decodePackage({ manifest, weights: new Uint8Array(weights) });
  const { name: actualName, version: actualVersion } = content.manifest;
  if (actualName !== name || actualVersion !== version) {
    throw new Error(`${name}@${version} holds the package ${actualName}@${actualVersion}`);
  }
  const model = new Model(content, engineOf(arithmetic));
  try {
    warmUp(model);
  } catch (error) {
    model.dispose();
    throw error;
  }
  return model;
}
