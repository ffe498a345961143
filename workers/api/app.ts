import type { Context } from "hono";
import type { Settings } from "./env.ts";

/** What a request has made the Worker do. */
export interface Work {
  /** `name@version` of the model. */
  model: string;
  images: number;
  /** Images whose embedding was there. */
  cached: number;
  pairs: number;
}

/**
 * Hono's types: `settings` is set for every route but /healthz, `key` where one was demanded, `work`
 * where a model has worked.
 */
export interface App {
  Bindings: object;
  Variables: { requestId: string; settings: Settings; key?: string; work?: Work };
}

export type AppContext = Context<App>;
