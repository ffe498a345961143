import type { MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import { logInfo } from "../../http/log.ts";
import { requestIdOf } from "../../http/requestId.ts";
import type { App, AppContext } from "../app.ts";
import { contracts } from "../contract/api.ts";
import { type Observation, Metrics } from "./metrics.ts";

/** The counters of this isolate. */
export const metrics = new Metrics();

const ROUTES = new Set(contracts.map(({ path }) => path));

/** The path of the contract that has answered, or will. */
function routeOf(c: AppContext): string {
  return matchedRoutes(c).find(({ path }) => ROUTES.has(path))?.path ?? "other";
}

function leaveDataPoint(c: AppContext, { route, status, seconds, work }: Observation): void {
  const settings: AppContext["var"]["settings"] | undefined = c.var.settings;
  settings?.ANALYTICS?.writeDataPoint({
    indexes: [route],
    blobs: [route, String(status), work?.model ?? ""],
    doubles: [seconds * 1000, work?.images ?? 0, work?.pairs ?? 0],
  });
}

/** Gives a request its id, counts it and logs it. The log contains no content and no keys. */
export const observe: MiddlewareHandler<App> = async (c, next) => {
  const started = performance.now();
  c.set("requestId", requestIdOf(c.req.raw));
  await next();
  c.header("X-Request-Id", c.var.requestId);
  const observation = {
    route: routeOf(c),
    status: c.res.status,
    seconds: (performance.now() - started) / 1000,
    work: c.var.work,
  };
  metrics.count(observation);
  leaveDataPoint(c, observation);
  const { route, status, seconds, work } = observation;
  const ms = Math.round(seconds * 1000);
  const { requestId: request_id, key = "" } = c.var;
  const { method } = c.req;
  logInfo({ message: "request", request_id, method, route, status, ms, key, ...work });
};
