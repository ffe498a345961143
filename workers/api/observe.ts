import type { MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import { logInfo } from "../log.ts";
import type { App, AppContext } from "./app.ts";
import type { Settings } from "./env.ts";
import { type Answered, Metrics } from "./metrics.ts";

/** Of this isolate. */
export const metrics = new Metrics();

/** The path as it was registered: of those that are not there one for all, however many are tried. */
function routeOf(c: AppContext): string {
  const route = matchedRoutes(c).find(({ path }) => !path.includes("*"));
  return route?.path ?? "unknown";
}

/** A point for Workers Analytics Engine, where the binding is there. */
function writePoint(c: AppContext, answered: Answered): void {
  const { route, method, status, ms, images, pairs } = answered;
  const settings: Settings | undefined = c.get("settings");
  settings?.ANALYTICS?.writeDataPoint({
    indexes: [c.var.work.model ?? ""],
    blobs: [route, method, String(status), c.get("key") ?? ""],
    doubles: [ms, images, pairs],
  });
}

/**
 * Counts a request when it is answered, and logs it as one line, without its images and keys. In
 * production the clock stands still while a Worker computes, so the time is that of waiting.
 */
export const observe: MiddlewareHandler<App> = async (c, next) => {
  c.set("work", { images: 0, pairs: 0 });
  const started = performance.now();
  await next();
  const { status } = c.res;
  const { method } = c.req;
  const ms = performance.now() - started;
  const { model, version, images, pairs } = c.var.work;
  const answered = { route: routeOf(c), method, status, ms, images, pairs };
  metrics.count(answered);
  writePoint(c, answered);
  const settings: Settings | undefined = c.get("settings");
  if (!settings?.LOG_REQUESTS) return;
  const { requestId: request, key } = c.var;
  logInfo({ request, ...answered, ms: Math.round(ms), model, version, key });
};
