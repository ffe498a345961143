import { Hono } from "hono";
import { BodyTooLarge, drainBody } from "../body.ts";
import { logError } from "../log.ts";
import type { App, AppContext } from "./app.ts";
import { authorize } from "./authorize.ts";
import { type Settings, settingsSchema } from "./env.ts";
import { ApiError } from "./error.ts";
import { embed } from "./routes/embed.ts";
import { healthz, readyz } from "./routes/health.ts";
import { info } from "./routes/info.ts";
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
  logError(error, { method: c.req.method, path: c.req.path, key: c.get("key") ?? "" });
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

app.get("/healthz", healthz);

app.use(async (c, next) => {
  c.set("settings", readSettings(c.env));
  await authorize(c);
  await next();
});

app.get("/readyz", readyz);
app.get("/info", info);
app.post("/embed", embed);
app.post("/similarity", similarity);

app.all("/healthz", methodNotAllowed("GET, HEAD"));
app.all("/readyz", methodNotAllowed("GET, HEAD"));
app.all("/info", methodNotAllowed("GET, HEAD"));
app.all("/embed", methodNotAllowed("POST"));
app.all("/similarity", methodNotAllowed("POST"));

app.notFound((c) => {
  throw new ApiError(404, "not_found", `there is nothing at ${c.req.path}`);
});

app.onError(async (error, c) => {
  await drainBody(c.req.raw);
  const { status, code, message, param } = toApiError(error, c);
  if (status === 503) c.header("Retry-After", "10");
  return c.json({ error: { code, message, param } }, status);
});

export default app;
