import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import { bearerMatches } from "../bearer.ts";
import type { App } from "./app.ts";
import { ApiError } from "./error.ts";

const DAY = 86_400;

/** Lets pages of the origins in CORS_ORIGINS ask. A browser asks whether it may without a key. */
export const crossOrigin: MiddlewareHandler<App> = async (c, next) => {
  const { CORS_ORIGINS } = c.var.settings;
  if (!CORS_ORIGINS) return next();
  return cors({
    origin: CORS_ORIGINS.includes("*") ? "*" : CORS_ORIGINS,
    allowMethods: ["GET", "HEAD", "POST"],
    allowHeaders: ["Authorization", "Content-Type", "X-Request-Id"],
    exposeHeaders: ["Retry-After", "Server-Timing", "X-Request-Id"],
    maxAge: DAY,
  })(c, next);
};

/** Demands one of API_KEYS, where there are any. */
export const keyed: MiddlewareHandler<App> = async (c, next) => {
  const { API_KEYS } = c.var.settings;
  if (API_KEYS && !(await bearerMatches(c.req.raw, API_KEYS))) {
    c.header("WWW-Authenticate", "Bearer");
    throw new ApiError(401, "unauthorized", "send a valid key as Authorization: Bearer <key>");
  }
  await next();
};
