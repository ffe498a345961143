import type { Key } from "./keys.ts";

/**
 * What is known of the key that a request carries as `Authorization: Bearer <key>`: an entry for each
 * scope that it has, none where it is no key. Digests of equal length are compared in constant time,
 * every key is tried: the time says nothing about the keys.
 */
export async function bearerKeys(request: Request, keys: Key[]): Promise<Key[]> {
  const [, given] = /^Bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
  if (given === undefined) return [];
  const actual = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(given));
  return keys.filter(({ digest }) => crypto.subtle.timingSafeEqual(actual, digest));
}
