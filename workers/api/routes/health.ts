import type { AppContext } from "../app.ts";
import type { Answer } from "../contract/contract.ts";
import type { healthz as alive, readyz as ready } from "../contract/status.ts";
import { withModel } from "../request/select.ts";

/** GET /healthz: the Worker runs. */
export const healthz = (c: AppContext): Response =>
  c.json({ status: "alive" } satisfies Answer<typeof alive>);

/** GET /readyz: loads the model if needed, and answers 503 if that fails. */
export async function readyz(c: AppContext): Promise<Response> {
  return withModel(c, ({ manifest }) =>
    Promise.resolve(
      c.json({
        status: "ready",
        model: manifest.name,
        version: manifest.version,
      } satisfies Answer<typeof ready>),
    ),
  );
}
