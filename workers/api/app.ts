import type { Context } from "hono";
import type { Settings } from "./env.ts";

/** What a request has cost, as its handler notes it. */
export interface Work {
  model?: string;
  version?: string;
  /** Embedded. */
  images: number;
  /** Scored. */
  pairs: number;
}

/** Hono's types: `settings` is set for every route but /healthz, `key` where a key was demanded. */
export interface App {
  Bindings: object;
  Variables: { requestId: string; work: Work; settings: Settings; key: string | undefined };
}

export type AppContext = Context<App>;
