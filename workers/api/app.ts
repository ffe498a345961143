import type { Context } from "hono";
import type { Settings } from "./env.ts";

/** Hono's types: `settings` is set for every route but /healthz, `key` where a key was demanded. */
export interface App {
  Bindings: object;
  Variables: { settings: Settings; key: string | undefined };
}

export type AppContext = Context<App>;
