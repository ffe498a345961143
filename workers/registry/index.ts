/**
 * The registry Worker checks model packages, stores them in R2, and moves the channel pointers that say
 * which version the API Worker serves. It also stores data sets and keeps the table of training jobs.
 *
 * Every route but /healthz, /openapi.json and the page of jobs demands a key of its scope, even to read, because models,
 * their metrics and data sets are private. Without keys the Worker refuses every request. Error answers are
 * `{"error": {"code", "message", "param"}}`.
 */
import type { IRequest, IRequestStrict, IttyRouterType } from "itty-router";
import { IttyRouter } from "itty-router/IttyRouter";
import { PackageError } from "../../shared/package/error.ts";
import { drainBody } from "../http/body.ts";
import { HttpError } from "../http/errors.ts";
import { toHttpError } from "../http/failure.ts";
import type { Scope } from "../http/keys.ts";
import { requestIdOf } from "../http/requestId.ts";
import { securityHeaders } from "../http/securityHeaders.ts";
import { admit } from "./authorize.ts";
import { readEnv, type Env } from "./env.ts";
import { openapi } from "./openapi.ts";
import { byAccept, serveFile, servePage } from "./page.ts";
import { routes } from "./routes/routes.ts";

/** Makes a handler that demands a key of one of some scopes. */
const demand = (scopes: readonly Scope[]) => async (request: IRequestStrict, env: Env) => {
  await admit(request, env, scopes);
};

/** Refuses every method that no earlier route accepts. */
const allow = (methods: string) => (request: IRequestStrict) => {
  const problem = `${new URL(request.url).pathname} accepts ${methods}, not ${request.method}`;
  throw new HttpError("method_not_allowed", problem, null, { allow: methods });
};

const unknownPath = (request: IRequestStrict) => {
  throw new HttpError("not_found", `there is no route ${new URL(request.url).pathname}`);
};

const router: IttyRouterType<IRequest, [Env], Response> = IttyRouter<IRequest, [Env]>();

router.get("/healthz", () => Response.json({ status: "ok" }));
router.all("/healthz", allow("GET"));

let document: string | undefined;

router.get("/openapi.json", () => {
  document ??= openapi(routes);
  return new Response(document, { headers: { "content-type": "application/json" } });
});
router.all("/openapi.json", allow("GET"));

router.get("/page/:file", serveFile);

for (const path of new Set(routes.map((route) => route.path))) {
  const here = routes.filter((route) => route.path === path);
  for (const { method, scopes, page, ...route } of here) {
    if (page) router[method](path, servePage);
    const handle = page ? byAccept(route.handle) : route.handle;
    router[method](path, async (request, env) =>
      handle(request, env, await admit(request, env, scopes)),
    );
  }
  const methods = here.map(({ method }) => method.toUpperCase());
  router.all(path, demand(here.flatMap(({ scopes }) => scopes)), allow(methods.join(", ")));
}

router.all("*", demand(["publish", "train", "work"]));
router.all("*", unknownPath);

/** In the registry an invalid package is the client's fault; in the API Worker it is not. */
const asRefusal = (error: unknown) =>
  error instanceof PackageError ? new HttpError(error.fault, error.message) : error;

async function answer(request: Request, bindings: object, requestId: string): Promise<Response> {
  try {
    return await router.fetch(request, readEnv(bindings));
  } catch (error) {
    await drainBody(request);
    const { method, url } = request;
    const fields = { request_id: requestId, method, path: new URL(url).pathname };
    const { body, status, headers } = toHttpError(asRefusal(error), fields);
    return Response.json(body, { status, headers });
  }
}

export { Dataset } from "./datasets/dataset.ts";
export { Jobs } from "./jobs/jobs.ts";

export default {
  async fetch(request: Request, bindings: object): Promise<Response> {
    const requestId = requestIdOf(request);
    const response = await answer(request, bindings, requestId);
    response.headers.set("X-Request-Id", requestId);
    for (const [name, value] of Object.entries(securityHeaders(response))) {
      // A route may have a stricter policy of its own.
      if (!response.headers.has(name)) response.headers.set(name, value);
    }
    return response;
  },
};
