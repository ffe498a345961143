import type { MiddlewareHandler } from "hono";
import type { App } from "../app.ts";

/** An answer is data: a browser that opens it loads and runs nothing. */
const ANSWER_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** A page has its scripts from here. Swagger UI, at /docs, writes styles into its elements. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
  "img-src 'self' data: blob:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** What browsers need to be told, https://owasp.org/www-project-secure-headers. */
export const secure: MiddlewareHandler<App> = async (c, next) => {
  await next();
  const isPage = c.res.headers.get("content-type")?.startsWith("text/html");
  c.header("Content-Security-Policy", isPage ? PAGE_POLICY : ANSWER_POLICY);
  c.header("Referrer-Policy", "no-referrer");
  c.header("X-Content-Type-Options", "nosniff");
  c.header("X-Frame-Options", "DENY");
};
