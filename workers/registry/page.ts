import type { IRequestStrict } from "itty-router";
import type { Env } from "./env.ts";
import type { Route } from "./route.ts";

/**
 * The page of jobs. It is public and holds no secrets: it asks its user for a key, and sends that with each of its
 * requests for data.
 */

/** Browsers name text/html when they open a page. Other clients name JSON, or anything. */
function wantsPage({ headers }: Request): boolean {
  const accept = headers.get("accept") ?? "";
  return accept.includes("text/html") && !accept.includes("application/json");
}

/** Answers with the page if a browser asks. */
export async function servePage(
  request: IRequestStrict,
  { ASSETS }: Env,
): Promise<Response | undefined> {
  if (!ASSETS || !wantsPage(request)) return undefined;
  // Without the request's headers: an answer of 304 would have no type, and get the headers of data.
  const page = await ASSETS.fetch(new URL("/page/", request.url));
  return page.ok ? varying(new Response(page.body, page)) : undefined;
}

/** GET /page/<file>: a script or style of the page. */
export async function serveFile(
  { url, headers }: IRequestStrict,
  { ASSETS }: Env,
): Promise<Response | undefined> {
  const file = await ASSETS?.fetch(url, { headers, redirect: "manual" });
  return file?.ok || file?.status === 304 ? new Response(file.body, file) : undefined;
}

/** Marks the answers of a handler as those of an address that also has the page. */
export const byAccept =
  (handle: Route["handle"]): Route["handle"] =>
  async (...given) =>
    varying(await handle(...given));

function varying(response: Response): Response {
  response.headers.set("vary", "accept");
  return response;
}
