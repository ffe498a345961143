import type { IRequestStrict } from "itty-router";
import type { Scope } from "../http/keys.ts";
import type { Env } from "./env.ts";

/** What a request may do, and who answers it. */
export interface Route {
  method: "get" | "head" | "post" | "put" | "delete";
  /** With parameters such as `:name`. */
  path: string;
  /** What the key must permit: one of these. */
  scopes: readonly [Scope, ...Scope[]];
  handle: (request: IRequestStrict, env: Env) => Promise<Response>;
}
