import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import type { App } from "../app.ts";

const DAY = 86_400;

/** Lets pages of the origins in CORS_ORIGINS call the API. The preflight request carries no key. */
export const crossOrigin: MiddlewareHandler<App> = async (c, next) => {
  const { CORS_ORIGINS } = c.var.settings;
  if (!CORS_ORIGINS) return next();
  return cors({
    origin: CORS_ORIGINS.includes("*") ? "*" : CORS_ORIGINS,
    allowMethods: ["GET", "HEAD", "POST", "PUT", "DELETE"],
    allowHeaders: ["Authorization", "Content-Type", "If-None-Match", "X-Request-Id"],
    exposeHeaders: ["ETag", "Retry-After", "Server-Timing", "X-Request-Id"],
    maxAge: DAY,
  })(c, next);
};
