import type { MiddlewareHandler } from "hono";
import { etag, RETAINED_304_HEADERS } from "hono/etag";
import type { App } from "../app.ts";

/** Nobody keeps an answer that does not say that one may: most hold what only who asked should see. */
export const noStore: MiddlewareHandler<App> = async (c, next) => {
  await next();
  if (!c.res.headers.has("cache-control")) c.header("Cache-Control", "no-store");
};

/** `crossOrigin` sets these before the answer is there. */
const CROSS_ORIGIN_HEADERS = ["access-control-allow-origin", "access-control-expose-headers"];

/** Weak: Cloudflare compresses answers, each way into other bytes. */
const tagged = etag({
  weak: true,
  retainedHeaders: [...RETAINED_304_HEADERS, ...CROSS_ORIGIN_HEADERS],
});

/**
 * Lets good answers be kept, by whoever asked or by anybody on the way, who must ask each time whether
 * they still hold: 304 where If-None-Match names what they are now.
 */
export const revalidated =
  (scope: "private" | "public"): MiddlewareHandler<App> =>
  (c, next) =>
    tagged(c, async () => {
      await next();
      if (c.res.ok) c.header("Cache-Control", `${scope}, no-cache`);
    });
