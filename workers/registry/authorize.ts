import { authorize as demandKey } from "../http/authorize.ts";
import type { Key } from "../http/keys.ts";
import { logInfo } from "../http/log.ts";
import type { Env } from "./env.ts";

const REMEDY =
  "make one with npm run api-key -- <name> --scope publish, and store its entry in the secret: " +
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
 * Demands a key of the scope publish. Logs the name of the key for every request that is not a GET.
 *
 * @throws HttpError 401, 403
 */
export async function authorize(request: Request, env: Env): Promise<void> {
  const key = await demandKey(request, await keysOf(env), "publish", REMEDY);
  const { method, url } = request;
  if (method !== "GET") logInfo({ key: key.name, method, path: new URL(url).pathname });
}
