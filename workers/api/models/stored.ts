import { toHex } from "../../../shared/hex.ts";
import type { ByteSource } from "../../../shared/package/source.ts";

/** The bucket holds no such model, channel or version. */
export class ModelMissing extends Error {
  override name = "ModelMissing";
}

/** A file in the bucket. It is hashed while it is read. */
export interface StoredFile extends ByteSource {
  size: number;
  etag: string;
}

/**
 * Opens an object of the bucket.
 *
 * @param signal ends the transfer
 * @returns undefined if there is no such object
 * @throws the signal's reason
 */
export async function findFile(
  bucket: R2Bucket,
  key: string,
  signal: AbortSignal,
): Promise<StoredFile | undefined> {
  signal.throwIfAborted();
  const object = await bucket.get(key);
  if (!object) return undefined;
  const reader = object.body.getReader({ mode: "byob" });
  const cancel = () => void reader.cancel(signal.reason).catch(() => undefined);
  if (signal.aborted) cancel();
  signal.throwIfAborted();
  signal.addEventListener("abort", cancel, { once: true });
  return fileOf(object, reader, signal);
}

/** Opens an object as `findFile` does. @throws ModelMissing if there is no such object */
export async function openFile(
  bucket: R2Bucket,
  key: string,
  signal: AbortSignal,
): Promise<StoredFile> {
  const file = await findFile(bucket, key, signal);
  if (!file) throw new ModelMissing(`the bucket has no ${key}`);
  return file;
}

function fileOf(
  { key, size, etag }: R2Object,
  reader: ReadableStreamBYOBReader,
  signal: AbortSignal,
): StoredFile {
  const digest = new crypto.DigestStream("SHA-256");
  const hashing = digest.getWriter();
  return {
    size,
    etag,
    async read(length) {
      signal.throwIfAborted();
      if (length === 0) return new Uint8Array();
      const { value } = await reader.readAtLeast(length, new Uint8Array(length));
      signal.throwIfAborted();
      if (value?.length !== length) throw new Error(`the bucket returned only a part of ${key}`);
      await hashing.write(value);
      return value;
    },
    async sha256() {
      await hashing.close();
      return toHex(new Uint8Array(await digest.digest));
    },
  };
}
