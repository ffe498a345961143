/**
 * The registry Worker: takes model packages, checks them, keeps them in R2, and moves the channel
 * pointers that say which version the API Worker serves.
 *
 * Everything but /healthz demands a key of the scope publish, reading too: which models exist, and
 * how good they are, is nobody else's business. Without a key everything is refused. Refusals are
 * `{"error": {"code", "message", "param"}}`.
 */
import type { IRequest, IRequestStrict, IttyRouterType } from "itty-router";
import { IttyRouter } from "itty-router/IttyRouter";
import { drainBody } from "../http/body.ts";
import { authorize } from "./authorize.ts";
import { readEnv, type Env } from "./env.ts";
import { errorResponse, HttpError } from "./error.ts";
import { listModels, showModel, showVersion } from "./routes/list.ts";
import { promote } from "./routes/promote.ts";
import { publish } from "./routes/publish.ts";
import { remove } from "./routes/remove.ts";
import { rollback } from "./routes/rollback.ts";

/** Stands behind the routes of a path, for every method that they leave. */
const allow = (methods: string) => (request: IRequestStrict) => {
  throw new HttpError(405, "method_not_allowed", `${request.method} is not one of ${methods}`, {
    headers: { allow: methods },
  });
};

const unknownPath = (request: IRequestStrict) => {
  throw new HttpError(404, "not_found", `there is no ${new URL(request.url).pathname}`);
};

const router: IttyRouterType<IRequest, [Env], Response> = IttyRouter<IRequest, [Env]>();

router.get("/healthz", () => Response.json({ status: "ok" }));
router.all("/healthz", allow("GET"));

router.all("*", authorize);

router.get("/models", listModels);
router.all("/models", allow("GET"));

router.get("/models/:name", showModel);
router.post("/models/:name", publish);
router.all("/models/:name", allow("GET, POST"));

router.post("/models/:name/promote", promote);
router.all("/models/:name/promote", allow("POST"));

router.post("/models/:name/rollback", rollback);
router.all("/models/:name/rollback", allow("POST"));

router.get("/models/:name/:version", showVersion);
router.delete("/models/:name/:version", remove);
router.all("/models/:name/:version", allow("GET, DELETE"));

router.all("*", unknownPath);

export default {
  async fetch(request: Request, bindings: unknown): Promise<Response> {
    try {
      return await router.fetch(request, readEnv(bindings));
    } catch (error) {
      await drainBody(request);
      return errorResponse(error, request);
    }
  },
};
