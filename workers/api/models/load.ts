import { Model } from "../../../shared/model.ts";
import { parseManifest } from "../../../shared/package/manifest.ts";
import { checkSignature, type Signer } from "../../../shared/package/signature.ts";
import { checkLength, PackageStream } from "../../../shared/package/stream.ts";
import { parseChannel } from "../../storage/channel.ts";
import { channelKey, manifestKey, signatureKey, weightsKey } from "../../storage/layout.ts";
import { openEngine } from "../engine/backend.ts";
import { type Arithmetic, arithmeticOf, engineOf } from "../engine/engine.ts";
import { demandFloat32Room } from "./float32Room.ts";
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

/** The bucket to read a package from, and the settings to open it with. */
export interface Source {
  bucket: R2Bucket;
  arithmetic: Arithmetic;
  /** One of these must have signed the package. If not given, signatures are not checked. */
  signers?: Signer[];
}

/**
 * Reads and checks a package, and opens it for embedding. Comparing also needs `openEngine`.
 *
 * @param signal ends the load. The caller must also abort it if this rejects, because the transfer of the
 *   weights may still run
 * @throws ModelMissing, or PackageError and others if the package cannot be used
 */
export async function loadModel(
  { bucket, arithmetic, signers }: Source,
  name: string,
  version: string,
  signal: AbortSignal,
): Promise<Model> {
  // The manifest is checked while the weights are being transferred.
  const opening = openFile(bucket, weightsKey(name, version), signal);
  // If the manifest is faulty, its error is thrown, and the rejection of the weights must not go unhandled.
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
  // A network in int8 arithmetic does not need tfjs.
  if (arithmeticOf(manifest, arithmetic) === "float32") {
    demandFloat32Room(manifest);
    await openEngine();
  }
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
