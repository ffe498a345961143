import { Hono } from "hono";
import { drainBody } from "../http/body.ts";
import type { App, AppContext } from "./app.ts";
import { authorize } from "./middleware/authorize.ts";
import type { ErrorStatus } from "./contract/error.ts";
import { healthz as alive, info } from "./contract/status.ts";
import { crossOrigin } from "./middleware/crossOrigin.ts";
import { readSettings } from "./env.ts";
import { ApiError, toApiError } from "./error.ts";
import { revalidated, noStore } from "./middleware/freshness.ts";
import { secure } from "./middleware/securityHeaders.ts";
import { observe } from "./middleware/observe.ts";
import { limitRate } from "./middleware/rateLimit.ts";
import { openapi, pages } from "./routes/docs.ts";
import { healthz } from "./routes/health.ts";
import { keyedRoutes, openRoutes, type Route } from "./routes/routes.ts";

const app = new Hono<App>();

/** What passes by itself. */
const PASSING = new Set<ErrorStatus>([429, 503]);

/** A limit on requests is counted anew after so long, or after six times as long. */
const RETRY_SECONDS = "10";

/** Answers at the path of a contract, and refuses other methods there. */
function serve({ method, path }: { method: "get" | "post"; path: string }, route: Route): void {
  app.on(method.toUpperCase(), path, route);
  const allow = method === "get" ? "GET, HEAD" : "POST";
  app.all(path, (c) => {
    c.header("Allow", allow);
    const problem = `${path} does not take ${c.req.method}, only ${allow}`;
    throw new ApiError(405, "method_not_allowed", problem);
  });
}

app.use(observe, secure, noStore);

// Before the settings are read: it answers whatever they are.
app.get(alive.path, healthz);

app.use(async (c, next) => {
  c.set("settings", readSettings(c.env));
  await next();
});
app.use(crossOrigin);
app.use(info.path, revalidated("private"));
app.use("/openapi.json", revalidated("public"));
for (const [contract, route] of openRoutes) serve(contract, route);
serve({ method: "get", path: "/openapi.json" }, openapi);
for (const [contract, route] of keyedRoutes) {
  app.use(contract.path, authorize, limitRate);
  serve(contract, route);
}

app.use(pages);
// What there is not is nobody's business without a key.
app.use(authorize);

app.notFound((c) => {
  throw new ApiError(404, "not_found", `there is nothing at ${c.req.path}`);
});

app.onError(async (error, c: AppContext) => {
  await drainBody(c.req.raw);
  const { method, path } = c.req;
  const { requestId: request_id, key = "" } = c.var;
  const { status, code, message, param } = toApiError(error, { request_id, method, path, key });
  if (PASSING.has(status)) c.header("Retry-After", RETRY_SECONDS);
  return c.json({ error: { code, message, param } }, status);
});

export default app;
