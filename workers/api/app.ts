import type { Context } from "hono";
import type { Settings } from "./env.ts";

/** Hono's types: `settings` is set for every route but /healthz. */
export interface App {
  Bindings: object;
  Variables: { settings: Settings };
}

export type AppContext = Context<App>;
