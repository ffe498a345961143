import { HttpError } from "./errors.ts";

/**
 * Reads a body whole, but never more than `limit` bytes of it: a declared length over the limit is
 * refused before anything is read, a chunked body is cancelled where it passes the limit.
 *
 * @throws HttpError 413 body_too_large, 400 incomplete_body where the client breaks off
 */
export async function readBody(request: Request, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await readStream(request, limit);
  } catch (error) {
    if (error instanceof HttpError) throw error;
    throw new HttpError("incomplete_body", "the body broke off");
  }
}

async function readStream(request: Request, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const tooLarge = () => new HttpError("body_too_large", `the body is larger than ${limit} bytes`);
  const declared = Number(request.headers.get("content-length") ?? 0);
  if (declared > limit) throw tooLarge();
  // The buffer is filled in place: joining a list of chunks at the end would take the memory twice.
  let bytes = new Uint8Array(Number.isSafeInteger(declared) && declared > 0 ? declared : 0);
  let length = 0;
  const body: ReadableStream<Uint8Array> | null = request.body;
  // A throw out of the loop cancels the stream.
  for await (const chunk of body ?? []) {
    const end = length + chunk.length;
    if (end > limit) throw tooLarge();
    if (end > bytes.length) {
      const grown = new Uint8Array(Math.min(limit, 2 * end));
      grown.set(bytes.subarray(0, length));
      bytes = grown;
    }
    bytes.set(chunk, length);
    length = end;
  }
  return length === bytes.length ? bytes : bytes.slice(0, length);
}

const DRAIN_BYTES = 32 * 2 ** 20;

/**
 * Lets a refused client finish its upload, and ignores what it sends. Without this the connection is
 * reset in the middle of the upload, and the client never sees the refusal.
 */
export async function drainBody(request: Request): Promise<void> {
  if (request.bodyUsed) return;
  const body: ReadableStream<Uint8Array> | null = request.body;
  let left = DRAIN_BYTES;
  try {
    for await (const chunk of body ?? []) {
      left -= chunk.length;
      if (left < 0) return;
    }
  } catch {
    // The client has gone: nobody waits for the refusal.
  }
}
