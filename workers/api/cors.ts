import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import type { App } from "./app.ts";

const MAX_AGE_SECONDS = 86_400;

/**
 * Lets pages of the origins in CORS_ORIGINS read answers; none where it is not set. Keys travel in a
 * header that a page has to put there itself: no cookies are involved.
 */
export const allowOrigins: MiddlewareHandler<App> = async (c, next) => {
  const { CORS_ORIGINS } = c.var.settings;
  if (CORS_ORIGINS.length === 0) return next();
  return cors({
    origin: CORS_ORIGINS.includes("*") ? "*" : CORS_ORIGINS,
    allowMethods: ["GET", "POST"],
    allowHeaders: ["authorization", "content-type", "x-request-id"],
    exposeHeaders: ["etag", "retry-after", "server-timing", "x-request-id"],
    maxAge: MAX_AGE_SECONDS,
  })(c, next);
};
