import type { MiddlewareHandler } from "hono";
import type { App, AppContext } from "../app.ts";
import { document } from "../contract/openapi.ts";

/** GET /openapi.json: the OpenAPI document of all routes. */
export const openapi = (c: AppContext): Response =>
  c.body(document(), 200, { "Content-Type": "application/json" });

/** Serves the pages, their files and /docs to everybody, if no route has matched. */
export const pages: MiddlewareHandler<App> = async (c, next) => {
  const { ASSETS } = c.var.settings;
  if (ASSETS && (c.req.method === "GET" || c.req.method === "HEAD")) {
    const { url, method, headers } = c.req.raw;
    // Without the body, which nobody would read there.
    const response = await ASSETS.fetch(url, { method, headers, redirect: "manual" });
    if (response.status !== 404) return response;
  }
  return next();
};
