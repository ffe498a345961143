import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";

/** The hub names a file by SHA-256 if it is large, and by the SHA-1 that Git names it by if it is small. */
function hashOf(digest: string, bytes: number): Hash | null {
  if (/^[0-9a-f]{64}$/.test(digest)) return createHash("sha256");
  if (/^[0-9a-f]{40}$/.test(digest)) return createHash("sha1").update(`blob ${bytes}\0`);
  return null;
}

/** Whether a file has the content that a digest of the hub names. A digest of another kind names any content. */
export async function hasDigest(path: string, digest: string, bytes: number): Promise<boolean> {
  const hash = hashOf(digest, bytes);
  if (hash === null) return true;
  for await (const part of createReadStream(path)) hash.update(part as Buffer);
  return hash.digest("hex") === digest;
}
