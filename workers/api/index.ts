import { Hono } from "hono";
import { requestId } from "hono/request-id";
import { secureHeaders } from "hono/secure-headers";
import { BodyTooLarge, drainBody } from "../body.ts";
import { logError } from "../log.ts";
import type { App, AppContext } from "./app.ts";
import { authorize } from "./authorize.ts";
import { allowOrigins } from "./cors.ts";
import { type Settings, settingsSchema } from "./env.ts";
import { ApiError } from "./error.ts";
import { observe } from "./observe.ts";
import { embed } from "./routes/embed.ts";
import { healthz, readyz } from "./routes/health.ts";
import { info } from "./routes/info.ts";
import { metrics } from "./routes/metrics.ts";
import { similarity } from "./routes/similarity.ts";

function readSettings(env: unknown): Settings {
  const parsed = settingsSchema.safeParse(env);
  if (parsed.success) return parsed.data;
  const [{ path, message }] = parsed.error.issues;
  throw new Error(`the Worker's variable ${path.map(String).join(".")} is not valid: ${message}`);
}

/** The ApiError for anything thrown. What nobody foresaw is logged, and not told to the client. */
function toApiError(error: Error, c: AppContext): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof BodyTooLarge) {
    return new ApiError(413, "body_too_large", error.message);
  }
  const { requestId: request, key = "" } = c.var;
  logError(error, { request, method: c.req.method, path: c.req.path, key });
  return new ApiError(500, "internal_error", "the Worker failed; its log says why");
}

const methodNotAllowed = (allow: string) => (c: AppContext) => {
  c.header("Allow", allow);
  throw new ApiError(
    405,
    "method_not_allowed",
    `${c.req.path} does not take ${c.req.method}, only ${allow}`,
  );
};

const app = new Hono<App>();

app.use(requestId({ generator: (c) => c.req.header("cf-ray") ?? crypto.randomUUID() }));
app.use(observe);
app.use(
  secureHeaders({
    contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    xXssProtection: false,
  }),
);

app.get("/healthz", healthz);

app.use(async (c, next) => {
  c.set("settings", readSettings(c.env));
  await next();
});
// Before keys: a browser asks without one whether it may ask.
app.use(allowOrigins);
app.use(async (c, next) => {
  await authorize(c);
  await next();
});

app.get("/readyz", readyz);
app.get("/info", info);
app.get("/metrics", metrics);
app.post("/embed", embed);
app.post("/similarity", similarity);

app.all("/healthz", methodNotAllowed("GET, HEAD"));
app.all("/readyz", methodNotAllowed("GET, HEAD"));
app.all("/info", methodNotAllowed("GET, HEAD"));
app.all("/metrics", methodNotAllowed("GET, HEAD"));
app.all("/embed", methodNotAllowed("POST"));
app.all("/similarity", methodNotAllowed("POST"));

app.notFound((c) => {
  throw new ApiError(404, "not_found", `there is nothing at ${c.req.path}`);
});

app.onError(async (error, c) => {
  await drainBody(c.req.raw);
  const { status, code, message, param } = toApiError(error, c);
  if (status === 503) c.header("Retry-After", "10");
  return c.json({ error: { code, message, param, request_id: c.var.requestId } }, status);
});

export default app;
