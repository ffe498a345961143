import { bearerMatches } from "../bearer.ts";
import type { Env } from "./env.ts";
import { HttpError } from "./error.ts";

const NO_TOKEN =
  "the registry has no token, so it refuses everything; set one: " +
  "npx wrangler secret put REGISTRY_TOKEN -c workers/registry/wrangler.toml";

/** Lets a request through to the next route. @throws HttpError 401 | 403 */
export async function authorize(request: Request, { REGISTRY_TOKEN: token }: Env): Promise<void> {
  if (!token) throw new HttpError(403, "no_registry_token", NO_TOKEN);
  if (!(await bearerMatches(request, [token]))) {
    throw new HttpError(401, "unauthorized", "send Authorization: Bearer <REGISTRY_TOKEN>", {
      headers: { "www-authenticate": "Bearer" },
    });
  }
}
