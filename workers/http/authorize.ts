import { HttpError } from "./errors.ts";
import { type Key, type Scope, SCOPES } from "./keys.ts";

/**
 * Finds the entries of the key that a request sends as `Authorization: Bearer <key>`: one for each of its
 * scopes, none for an unknown key. Compares every entry in constant time, so that the duration reveals
 * nothing about the keys.
 */
async function bearerKeys(request: Request, keys: Key[]): Promise<Key[]> {
  const [, given] = /^Bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
  if (given === undefined) return [];
  const actual = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(given));
  return keys.filter(({ digest }) => crypto.subtle.timingSafeEqual(actual, digest));
}

/**
 * Checks that a request carries a key of one of some scopes, or of any if none are given. A Worker without keys
 * refuses every request.
 *
 * @param scopes if the key has several of them, the first counts
 * @param remedy tells the owner of a Worker without keys how to add one
 * @returns the key's entry
 * @throws HttpError 401 unauthorized, 403 wrong_scope, 403 no_api_keys
 */
export async function authorize(
  request: Request,
  keys: Key[],
  scopes: readonly Scope[] | undefined,
  remedy: string,
): Promise<Key> {
  if (keys.length === 0) {
    const problem = "this Worker has no keys, so it refuses every request";
    throw new HttpError("no_api_keys", `${problem}: ${remedy}`);
  }
  const found = await bearerKeys(request, keys);
  if (found.length === 0) {
    throw new HttpError("unauthorized", "send a valid key as Authorization: Bearer <key>", null, {
      "www-authenticate": "Bearer",
    });
  }
  const permitted = scopes ?? SCOPES;
  const [key] = permitted.flatMap((wanted) => found.filter(({ scope }) => scope === wanted));
  if (key) return key;
  const wanted = scopes?.join(" or ") ?? "";
  throw new HttpError("wrong_scope", `this key does not have the scope ${wanted}`);
}
