import { authorize as demandKey } from "../http/authorize.ts";
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
 * Makes a handler that demands a key of one of some scopes. It logs the name of the key for every request that may
 * change something, but for those of workers, which are many: a job has events.
 *
 * @throws HttpError 401, 403
 */
export const demand =
  (scopes: readonly Scope[]) =>
  async (request: Request, env: Env): Promise<void> => {
    const key = await demandKey(request, await keysOf(env), scopes, remedy(scopes));
    const { method, url } = request;
    if (READS.has(method) || key.scope === "work") return;
    logInfo({ key: key.name, method, path: new URL(url).pathname });
  };
