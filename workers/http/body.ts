import { HttpError } from "./errors.ts";
import { gunzip } from "./gunzip.ts";

type Parts = AsyncIterable<Uint8Array>;

/** The parts of a body as they are sent. A reader that stops early leaves the rest to `drainBody`. */
const sentParts = ({ body }: Request): Parts | undefined => body?.values({ preventCancel: true });

/** The body as the client meant it. @throws HttpError 415 for a content encoding other than gzip */
export function decodedParts(request: Request): Parts | undefined {
  const encoding = request.headers.get("content-encoding")?.trim().toLowerCase() ?? "identity";
  const sent = sentParts(request);
  if (encoding === "identity") return sent;
  if (encoding !== "gzip") {
    throw new HttpError(
      "unsupported_media_type",
      `the content encoding "${encoding}" is not gzip`,
      null,
      { "accept-encoding": "gzip" },
    );
  }
  return sent && gunzip(sent);
}

/**
 * Reads a whole body of at most `limit` bytes, after gzip is undone. Refuses a declared length over the limit
 * before it reads anything, and a chunked body as soon as it passes the limit.
 *
 * @throws HttpError 413 body_too_large, 415 for another encoding, 400 incomplete_body if the client disconnects
 *   or the gzip data are broken
 */
export async function readBody(request: Request, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await readStream(request, limit);
  } catch (error) {
    if (error instanceof HttpError) throw error;
    throw new HttpError(
      "incomplete_body",
      "the body ends too early or is not what its encoding says",
    );
  }
}

async function readStream(request: Request, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const tooLarge = () => new HttpError("body_too_large", `the body is larger than ${limit} bytes`);
  const declared = Number(request.headers.get("content-length") ?? 0);
  if (declared > limit) throw tooLarge();
  // One growing buffer: joining a list of chunks at the end would need the memory twice.
  let bytes = new Uint8Array(Number.isSafeInteger(declared) && declared > 0 ? declared : 0);
  let length = 0;
  for await (const chunk of decodedParts(request) ?? []) {
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

/** The longest request that Cloudflare lets through in its cheaper plans, as a package of ResNet-50 in float32. */
const DRAIN_BYTES = 100 * 2 ** 20;

/**
 * Reads and discards what is left of the body of a refused request, up to 100 MiB. Otherwise the connection is reset
 * during the upload, and the client never sees the refusal.
 */
export async function drainBody(request: Request): Promise<void> {
  const body: Parts | null = request.body;
  let left = DRAIN_BYTES;
  try {
    for await (const chunk of body ?? []) {
      left -= chunk.length;
      if (left < 0) return;
    }
  } catch {
    // It was read to its end, or the client has disconnected and will not read the refusal.
  }
}
