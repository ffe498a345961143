import type { MiddlewareHandler } from "hono";
import { etag, RETAINED_304_HEADERS } from "hono/etag";
import type { App } from "../app.ts";

/** Forbids caching unless a route has allowed it, because most answers are private. */
export const noStore: MiddlewareHandler<App> = async (c, next) => {
  await next();
  if (!c.res.headers.has("cache-control")) c.header("Cache-Control", "no-store");
};

/** `crossOrigin` sets these headers before the answer exists. */
const CROSS_ORIGIN_HEADERS = ["access-control-allow-origin", "access-control-expose-headers"];

/** A weak ETag, because Cloudflare may compress an answer in several ways, with different bytes. */
const tagged = etag({
  weak: true,
  retainedHeaders: [...RETAINED_304_HEADERS, ...CROSS_ORIGIN_HEADERS],
});

/**
 * Lets caches keep successful answers, provided that they revalidate each time. The Worker answers 304 if
 * If-None-Match names the current content.
 *
 * @param scope "private": only the client may keep the answer; "public": proxies may, too
 */
export const revalidated =
  (scope: "private" | "public"): MiddlewareHandler<App> =>
  (c, next) =>
    tagged(c, async () => {
      await next();
      if (c.res.ok) c.header("Cache-Control", `${scope}, no-cache`);
    });
