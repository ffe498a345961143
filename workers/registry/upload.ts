import { HttpError } from "../http/errors.ts";

/**
 * The length of a body that is streamed to R2, which must know it before.
 *
 * @throws HttpError 411 length_required, 413 body_too_large, 415 if the body is encoded
 */
export function declaredLength({ headers }: Request, limit: number): number {
  const encoding = headers.get("content-encoding") ?? "identity";
  if (encoding !== "identity") {
    const problem = `the content encoding "${encoding}" is not accepted here`;
    throw new HttpError("unsupported_media_type", problem, null, { "accept-encoding": "identity" });
  }
  const header = headers.get("content-length");
  if (header === null) {
    throw new HttpError("length_required", "send the length of the body as Content-Length");
  }
  const length = Number(header);
  if (length === 0) throw new HttpError("empty_body", "the body is empty");
  if (length > limit) {
    const problem = `the body has ${length} bytes; the limit is ${limit}`;
    throw new HttpError("body_too_large", problem);
  }
  return length;
}

/** R2's error 10037, of a checksum that does not match. */
const isMismatch = (error: unknown) => error instanceof Error && error.message.includes("(10037)");

/** Whether a stream that has stopped broke off; it may also have been cancelled. */
async function isBroken(body: ReadableStream): Promise<boolean> {
  try {
    await body.getReader().read();
    return false;
  } catch {
    return true;
  }
}

/**
 * Streams a body to R2, which stores it if it has the SHA-256 that the client says, if any, and nothing otherwise.
 *
 * @param length that is declared
 * @returns null if a condition of the options does not hold
 * @throws HttpError 422 digest_mismatch, 400 incomplete_body if the client disconnects
 */
export async function storeBody(
  bucket: R2Bucket,
  key: string,
  { body }: Request,
  length: number,
  options: R2PutOptions & { sha256?: string },
): Promise<R2Object | null> {
  if (!body) throw new HttpError("empty_body", "the body is empty");
  const { readable, writable } = new FixedLengthStream(length);
  let hasStopped = false;
  body.pipeTo(writable).catch(() => (hasStopped = true));
  try {
    return await bucket.put(key, readable, options);
  } catch (error) {
    if (isMismatch(error)) {
      const problem = `the SHA-256 of the body is not ${options.sha256}, as the request says`;
      throw new HttpError("digest_mismatch", problem, "sha256");
    }
    // R2 says the same of a client that disconnects and of its own failure. The body tells whose fault it is.
    if (!hasStopped || !(await isBroken(body))) throw error;
    const problem = `the body ends before the ${length} bytes that it declares`;
    throw new HttpError("incomplete_body", problem);
  }
}
