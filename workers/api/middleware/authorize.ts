import type { MiddlewareHandler } from "hono";
import { bearerKeys } from "../../http/bearer.ts";
import type { App } from "../app.ts";
import { ApiError } from "../error.ts";

const NO_KEYS =
  "the API has no keys, so it refuses everything: make one with npm run api-key and put its entry into " +
  "the secret API_KEYS, or say OPEN_TO_ALL = true in wrangler.toml";

/** Cloudflare routes no request for such a host: the Worker runs on the machine of whoever asks. */
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Lets a request through that carries a key of the scope embed, and notes the key's name. Without
 * keys nobody gets through but on one's own machine, unless the variable OPEN_TO_ALL says that
 * everybody shall.
 *
 * @throws ApiError 401, 403, or 500 where there are no keys
 */
export const authorize: MiddlewareHandler<App> = async (c, next) => {
  const { API_KEYS, OPEN_TO_ALL } = c.var.settings;
  if (!API_KEYS) {
    if (OPEN_TO_ALL || LOOPBACK.has(new URL(c.req.url).hostname)) return next();
    throw new ApiError(500, "no_api_keys", NO_KEYS);
  }
  const found = await bearerKeys(c.req.raw, API_KEYS);
  if (found.length === 0) {
    c.header("WWW-Authenticate", "Bearer");
    throw new ApiError(401, "unauthorized", "send a valid key as Authorization: Bearer <key>");
  }
  const key = found.find(({ scope }) => scope === "embed");
  if (!key) throw new ApiError(403, "wrong_scope", "this key is not of the scope embed");
  c.set("key", key.name);
  await next();
};
