import { authorize } from "../http/authorize.ts";
import type { Key, Scope } from "../http/keys.ts";
import { logInfo } from "../http/log.ts";
import type { Env } from "./env.ts";

const remedy = (scopes: readonly Scope[]) =>
  `make one with npm run api-key -- <name> --scope ${scopes[0]}, and store its entry in the secret: ` +
  "npx wrangler secret put API_KEYS -c workers/registry/wrangler.toml";

async function keysOf({ API_KEYS = [], REGISTRY_TOKEN: token }: Env): Promise<Key[]> {
  if (token === undefined) return API_KEYS;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
  return [
    ...API_KEYS,
    { name: "registry-token", scope: "publish", digest: new Uint8Array(digest) },
  ];
}

const READS = new Set(["GET", "HEAD"]);

/**
 * Demands a key of one of some scopes. Logs the name of the key for every request that may change something, but for
 * what only workers do, which is much: a job has events.
 *
 * @returns the entry of the key; if it has several of the scopes, the first of them
 * @throws HttpError 401, 403
 */
export async function admit(request: Request, env: Env, scopes: readonly Scope[]): Promise<Key> {
  const key = await authorize(request, await keysOf(env), scopes, remedy(scopes));
  const { method, url } = request;
  const isLogged = !READS.has(method) && scopes.some((scope) => scope !== "work");
  if (isLogged) logInfo({ key: key.name, method, path: new URL(url).pathname });
  return key;
}
