import { bearerKeys } from "../http/bearer.ts";
import type { Key } from "../http/keys.ts";
import { logInfo } from "../http/log.ts";
import type { Env } from "./env.ts";
import { HttpError } from "./error.ts";

const NO_KEYS =
  "the registry has no keys, so it refuses everything: make one with " +
  "npm run api-key -- <name> --scope publish, and put its entry into the secret: " +
  "npx wrangler secret put API_KEYS -c workers/registry/wrangler.toml";

async function keysOf({ API_KEYS = [], REGISTRY_TOKEN: token }: Env): Promise<Key[]> {
  if (token === undefined) return API_KEYS;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
  return [
    ...API_KEYS,
    { name: "registry-token", scope: "publish", digest: new Uint8Array(digest) },
  ];
}

/**
 * Lets a request through to the next route that carries a key of the scope publish. The log tells
 * whose key asks for a change.
 *
 * @throws HttpError 401 | 403
 */
export async function authorize(request: Request, env: Env): Promise<void> {
  const keys = await keysOf(env);
  if (keys.length === 0) throw new HttpError(403, "no_api_keys", NO_KEYS);
  const found = await bearerKeys(request, keys);
  if (found.length === 0) {
    throw new HttpError(401, "unauthorized", "send a valid key as Authorization: Bearer <key>", {
      headers: { "www-authenticate": "Bearer" },
    });
  }
  const key = found.find(({ scope }) => scope === "publish");
  if (!key) throw new HttpError(403, "wrong_scope", "this key is not of the scope publish");
  const { method, url } = request;
  if (method !== "GET") logInfo({ key: key.name, method, path: new URL(url).pathname });
}
