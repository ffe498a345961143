import type { MiddlewareHandler } from "hono";
import { authorize as demandKey } from "../../http/authorize.ts";
import type { Scope } from "../../http/keys.ts";
import type { App } from "../app.ts";

const REMEDY =
  "make one with npm run api-key and put its entry into the secret API_KEYS, or set OPEN_TO_ALL = true " +
  "in wrangler.toml";

/** Cloudflare routes no requests for these hosts, so the Worker runs on the machine of the client. */
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Admits a request with a key of a scope, and sets the key's name. If the Worker has no keys, it admits only
 * requests from the same machine, or all requests if OPEN_TO_ALL is set.
 *
 * @param scope if not given, any
 * @throws HttpError 401, 403
 */
export const authorize =
  (scope?: Scope): MiddlewareHandler<App> =>
  async (c, next) => {
    const { API_KEYS = [], OPEN_TO_ALL } = c.var.settings;
    const isOpen = OPEN_TO_ALL || LOOPBACK.has(new URL(c.req.url).hostname);
    if (API_KEYS.length > 0 || !isOpen) {
      c.set("key", (await demandKey(c.req.raw, API_KEYS, scope && [scope], REMEDY)).name);
    }
    await next();
  };
