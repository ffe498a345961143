const digest = async (text: string) =>
  crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));

/**
 * Whether a request carries one of the keys as `Authorization: Bearer <key>`. Digests of equal
 * length are compared in constant time, every key is tried: the time says nothing about the keys.
 */
export async function bearerMatches(request: Request, keys: string[]): Promise<boolean> {
  const [, given] = /^Bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
  if (given === undefined) return false;
  const actual = await digest(given);
  let matches = false;
  for (const key of keys) {
    matches = crypto.subtle.timingSafeEqual(actual, await digest(key)) || matches;
  }
  return matches;
}
