import type { Context } from "hono";
import type { Settings } from "./env.ts";

/** The work that the Worker did for a request. */
export interface Work {
  /** `name@version` of the model. */
  model: string;
  images: number;
  /** Images whose embedding was in the cache or came twice. */
  cached: number;
  pairs: number;
}

/**
 * Hono's types. `settings` is set on every route except /healthz, `key` if a key was required, and
 * `work` if a model has worked.
 */
export interface App {
  Bindings: object;
  Variables: { requestId: string; settings: Settings; key?: string; work?: Work };
}

export type AppContext = Context<App>;
