import { Hono, type MiddlewareHandler } from "hono";
import { drainBody } from "../http/body.ts";
import { type ErrorStatus, HttpError } from "../http/errors.ts";
import { toHttpError } from "../http/failure.ts";
import type { App, AppContext } from "./app.ts";
import { contracts } from "./contract/api.ts";
import type { Contract } from "./contract/contract.ts";
import { readSettings } from "./env.ts";
import { consume } from "./background/queue.ts";
import { authorize } from "./middleware/authorize.ts";
import { crossOrigin } from "./middleware/crossOrigin.ts";
import { noStore, revalidated } from "./middleware/freshness.ts";
import { observe } from "./middleware/observe.ts";
import { limitRate } from "./middleware/rateLimit.ts";
import { secure } from "./middleware/secure.ts";
import { openapi, pages } from "./routes/docs.ts";
import { healthz } from "./routes/health.ts";
import { type Route, routeOf } from "./routes/routes.ts";

const app = new Hono<App>();

/** A client may repeat a request that failed with one of these statuses. */
const REPEATABLE = new Set<ErrorStatus>([429, 503]);

/** A rate limit has a period of 10 or 60 seconds; R2 may recover at any time. */
const RETRY_SECONDS = "10";

type Rules = Pick<Contract, "method" | "path" | "scope" | "public" | "revalidated">;

/** Serves a route by its rules. */
function serve(rules: Rules, route: Route): void {
  const { method, path, scope = "embed" } = rules;
  const before: MiddlewareHandler<App>[] = [];
  if (rules.revalidated) before.push(revalidated(rules.revalidated));
  if (!rules.public) before.push(authorize(scope), limitRate);
  app.on(method.toUpperCase(), [path], ...before, route);
}

/** Refuses the methods that no route of a path accepts. */
function refuseOthers(path: string, rules: Rules[]): void {
  const methods = rules.map(({ method }) =>
    method === "get" ? "GET, HEAD" : method.toUpperCase(),
  );
  const allow = methods.join(", ");
  const refuse: Route = (c) => {
    const problem = `${c.req.path} accepts ${allow}, not ${c.req.method}`;
    throw new HttpError("method_not_allowed", problem, null, { Allow: allow });
  };
  if (rules.some((rule) => rule.public)) app.all(path, refuse);
  else app.all(path, authorize(), refuse);
}

/** Whatever the answer is, and however much of the body it needed. */
const drain: MiddlewareHandler<App> = async (c, next) => {
  await next();
  await drainBody(c.req.raw);
};

app.use(drain, observe, secure, noStore);

// Registered before the settings are read, so that /healthz answers even if they are invalid.
app.get("/healthz", healthz);

app.use(async (c, next) => {
  c.set("settings", readSettings(c.env));
  await next();
});
app.use(crossOrigin);
const listed: [Rules, Route][] = [
  [{ method: "get", path: "/openapi.json", public: true, revalidated: "public" }, openapi],
  ...contracts.map((rules): [Rules, Route] => [rules, routeOf(rules)]),
];
for (const [rules, route] of listed) serve(rules, route);
for (const path of new Set(listed.map(([rules]) => rules.path))) {
  const rules = listed.map(([rule]) => rule).filter((rule) => rule.path === path);
  refuseOthers(path, rules);
}

app.use(pages);
// Unknown paths answer 401 without a key, so that they reveal nothing.
app.use(authorize());

app.notFound((c) => {
  throw new HttpError("not_found", `there is no route ${c.req.path}`);
});

app.onError((error, c: AppContext) => {
  const { method, path } = c.req;
  const { requestId: request_id, key = "" } = c.var;
  const { body, status, headers } = toHttpError(error, { request_id, method, path, key });
  if (REPEATABLE.has(status)) c.header("Retry-After", RETRY_SECONDS);
  return c.json(body, status, headers);
});

export default {
  fetch: app.fetch,
  queue: (batch, env, ctx) => consume(batch, env, (promise) => ctx.waitUntil(promise)),
} satisfies ExportedHandler<object>;
