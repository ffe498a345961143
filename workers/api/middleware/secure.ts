import type { MiddlewareHandler } from "hono";
import { securityHeaders } from "../../http/securityHeaders.ts";
import type { App } from "../app.ts";

/** Adds the security headers to every answer. */
export const secure: MiddlewareHandler<App> = async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(securityHeaders(c.res))) c.header(name, value);
};
