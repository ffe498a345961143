import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import * as z from "zod";

/** The hub names a file by SHA-256 if it is large, and by the SHA-1 that Git names it by if it is small. */
export const digestSchema = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/);

const hashOf = (digest: string, bytes: number): Hash =>
  digest.length === 64 ? createHash("sha256") : createHash("sha1").update(`blob ${bytes}\0`);

/** Whether a file has the content that a digest of the hub names. */
export async function hasDigest(path: string, digest: string, bytes: number): Promise<boolean> {
  const hash = hashOf(digest, bytes);
  for await (const part of createReadStream(path)) hash.update(part as Buffer);
  return hash.digest("hex") === digest;
}
