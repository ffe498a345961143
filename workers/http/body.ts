/** A request's body is larger than the route allows. */
export class BodyTooLarge extends Error {
  override name = "BodyTooLarge";
  constructor(readonly limit: number) {
    super(`the body is larger than ${limit} bytes`);
  }
}

/**
 * Reads a body whole, but never more than `limit` bytes of it: a declared length over the limit is
 * refused before anything is read, a chunked body is cancelled where it passes the limit.
 *
 * @throws BodyTooLarge
 */
export async function readBody(request: Request, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const declared = Number(request.headers.get("content-length") ?? 0);
  if (declared > limit) throw new BodyTooLarge(limit);
  // Filled in place: a list of chunks, joined at the end, would take the memory twice.
  let bytes = new Uint8Array(Number.isSafeInteger(declared) && declared > 0 ? declared : 0);
  let length = 0;
  const body: ReadableStream<Uint8Array> | null = request.body;
  // Leaving the loop by a throw cancels the stream.
  for await (const chunk of body ?? []) {
    const end = length + chunk.length;
    if (end > limit) throw new BodyTooLarge(limit);
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
 * Lets a refused client finish what it sends, unread: its connection would otherwise be reset in the
 * middle of the upload, and the refusal lost.
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
