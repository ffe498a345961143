import type { MiddlewareHandler } from "hono";
import { logError } from "../../http/log.ts";
import type { App, AppContext } from "../app.ts";
import { HttpError } from "../../http/errors.ts";

/** Who asks: by the key's name, or where there are no keys by the address, which Cloudflare sets. */
const askerOf = (c: AppContext): string =>
  c.var.key === undefined
    ? `address:${c.req.header("cf-connecting-ip") ?? ""}`
    : `key:${c.var.key}`;

/**
 * Whether the limit allows one more request. A limiter that fails allows all: who asks has a key or may ask
 * without one anyway, and a fault of what only shares the Worker out should not take it from everybody.
 */
async function allows(limiter: RateLimit, c: AppContext): Promise<boolean> {
  try {
    return (await limiter.limit({ key: askerOf(c) })).success;
  } catch (error) {
    logError(error, { request_id: c.var.requestId, binding: "RATE_LIMITER" });
    return true;
  }
}

/**
 * Refuses who asks too often, where RATE_LIMITER is bound. It comes after `authorize`.
 *
 * @throws HttpError 429
 */
export const limitRate: MiddlewareHandler<App> = async (c, next) => {
  const { RATE_LIMITER } = c.var.settings;
  if (RATE_LIMITER && !(await allows(RATE_LIMITER, c))) {
    const who = c.var.key === undefined ? "this address" : "this key";
    throw new HttpError("rate_limited", `${who} asks too often: ask again after Retry-After`);
  }
  await next();
};
