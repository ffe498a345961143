import type { MiddlewareHandler } from "hono";
import type { App, AppContext } from "../app.ts";
import { document } from "../contract/openapi.ts";

/** GET /openapi.json: what routes there are, and what they take and answer. */
export const openapi = (c: AppContext): Response =>
  c.body(document(), 200, { "Content-Type": "application/json" });

/** What no route answers may be a page or a part of one, open to everybody: a file of ../pages or /docs's. */
export const pages: MiddlewareHandler<App> = async (c, next) => {
  const { ASSETS } = c.var.settings;
  if (ASSETS && (c.req.method === "GET" || c.req.method === "HEAD")) {
    const response = await ASSETS.fetch(c.req.raw);
    if (response.status !== 404) return response;
  }
  return next();
};
