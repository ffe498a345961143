/** Ids accepted from clients: short, without characters that would break a log line. */
const VALID_ID = /^[\w.:-]{1,64}$/;

/** The id of a request: the client's X-Request-Id if valid, else Cloudflare's ray id, else a random UUID. */
export function requestIdOf({ headers }: Request): string {
  const given = headers.get("x-request-id");
  if (given !== null && VALID_ID.test(given)) return given;
  return headers.get("cf-ray") ?? crypto.randomUUID();
}
