/** Letters, digits and a few signs: nothing that breaks a line of the log. */
const SANE_ID = /^[\w.:-]{1,64}$/;

/** The id of a request: the client's own X-Request-Id where it is sane, else Cloudflare's, else a random one. */
export function requestIdOf({ headers }: Request): string {
  const given = headers.get("x-request-id");
  if (given !== null && SANE_ID.test(given)) return given;
  return headers.get("cf-ray") ?? crypto.randomUUID();
}
