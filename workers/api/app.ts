import type { Context } from "hono";
import type { Settings } from "./env.ts";

/** What a request has made the Worker do. */
export interface Work {
  /** `name@version` of the model. */
  model: string;
  images: number;
  pairs: number;
}

/** Hono's types: `settings` is set for every route but /healthz, `work` where a model has worked. */
export interface App {
  Bindings: object;
  Variables: { requestId: string; settings: Settings; work?: Work };
}

export type AppContext = Context<App>;
