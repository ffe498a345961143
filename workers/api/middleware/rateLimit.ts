import type { MiddlewareHandler } from "hono";
import { logError } from "../../http/log.ts";
import type { App, AppContext } from "../app.ts";
import { HttpError } from "../../http/errors.ts";

/** Identifies a client by the name of its key, or without a key by its address, which Cloudflare sets. */
const clientOf = (c: AppContext): string =>
  c.var.key === undefined
    ? `address:${c.req.header("cf-connecting-ip") ?? ""}`
    : `key:${c.var.key}`;

/**
 * Whether the limit allows one more request. If the limiter fails, every request is allowed: it only shares
 * capacity among authorized clients, so its failure must not stop the service.
 */
async function allows(limiter: RateLimit, c: AppContext): Promise<boolean> {
  try {
    return (await limiter.limit({ key: clientOf(c) })).success;
  } catch (error) {
    logError(error, { request_id: c.var.requestId, binding: "RATE_LIMITER" });
    return true;
  }
}

/**
 * Refuses a client that sends too many requests, if RATE_LIMITER is bound. Must run after `authorize`.
 *
 * @throws HttpError 429
 */
export const limitRate: MiddlewareHandler<App> = async (c, next) => {
  const { RATE_LIMITER } = c.var.settings;
  if (RATE_LIMITER && !(await allows(RATE_LIMITER, c))) {
    const who = c.var.key === undefined ? "this address" : "this key";
    throw new HttpError(
      "rate_limited",
      `${who} sends too many requests: try again after Retry-After`,
    );
  }
  await next();
};
