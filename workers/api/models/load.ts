import { Model } from "../../../shared/model.ts";
import { parseManifest } from "../../../shared/package/manifest.ts";
import { checkSignature, type Signer } from "../../../shared/package/signature.ts";
import { checkLength, PackageStream } from "../../../shared/package/stream.ts";
import { parseChannel } from "../../storage/channel.ts";
import { channelKey, manifestKey, signatureKey, weightsKey } from "../../storage/layout.ts";
import { openEngine } from "../engine/backend.ts";
import { type Arithmetic, arithmeticOf, engineOf } from "../engine/engine.ts";
import { findFile, openFile, type StoredFile } from "./stored.ts";

const wholeOf = (file: StoredFile) => file.read(file.size);

const textOf = async (file: StoredFile): Promise<string> =>
  new TextDecoder().decode(await wholeOf(file));

/**
 * Reads which version a channel serves, and the ETag of the pointer that says so.
 *
 * @throws ModelMissing, or another error for a broken pointer
 */
export async function readPointer(
  bucket: R2Bucket,
  name: string,
  channel: string,
  signal: AbortSignal,
): Promise<{ version: string; etag: string }> {
  const file = await openFile(bucket, channelKey(name, channel), signal);
  const { version } = parseChannel(await textOf(file));
  return { version, etag: file.etag };
}

/** What a package is read from, and how it is to compute. */
export interface Source {
  bucket: R2Bucket;
  arithmetic: Arithmetic;
  /** One of them must have signed the package; where not given, the signature is not read. */
  signers?: Signer[];
}

/**
 * Reads a package, checks it, and makes it ready to embed. To compare takes `openEngine` as well.
 *
 * @param signal ends the load: nothing is read after it. To be aborted where this rejects, too: weights may
 *   still be on their way
 * @throws ModelMissing, or PackageError and others where the package cannot be used
 */
export async function loadModel(
  { bucket, arithmetic, signers }: Source,
  name: string,
  version: string,
  signal: AbortSignal,
): Promise<Model> {
  // The manifest is checked while the weights are on their way.
  const opening = openFile(bucket, weightsKey(name, version), signal);
  // A fault of the manifest is thrown first; the fault of the weights must not go unhandled then.
  opening.catch(() => undefined);
  const [bytes, signature] = await Promise.all([
    openFile(bucket, manifestKey(name, version), signal).then(wholeOf),
    signers && findFile(bucket, signatureKey(name, version), signal).then((it) => it && textOf(it)),
  ]);
  if (signers) await checkSignature(signers, bytes, signature);
  const manifest = await parseManifest(new TextDecoder().decode(bytes));
  if (manifest.name !== name || manifest.version !== version) {
    throw new Error(`${name}@${version} holds the package ${manifest.name}@${manifest.version}`);
  }
  // In int8 arithmetic the network does without tfjs.
  if (arithmeticOf(manifest, arithmetic) === "float32") await openEngine();
  const weights = await opening;
  checkLength(manifest, weights.size);
  const content = await PackageStream.open(manifest, weights);
  const model = await Model.open(content, engineOf(arithmetic));
  try {
    await content.end();
  } catch (error) {
    model.dispose();
    throw error;
  }
  return model;
}
