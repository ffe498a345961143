import type { IRequestStrict } from "itty-router";
import type * as z from "zod";
import type { ErrorStatus } from "../http/errors.ts";
import type { Key, Scope } from "../http/keys.ts";
import type { SchemaName } from "./contract.ts";
import type { Env } from "./env.ts";

/** JSON of a schema, or content of a media type. */
export type Content = SchemaName | { type: string };

/** What a request may do, who answers it, and what /openapi.json says of it. */
export interface Route {
  method: "get" | "head" | "post" | "put" | "delete";
  /** With parameters such as `:name`. */
  path: string;
  /** What the key must permit: one of these. */
  scopes: readonly [Scope, ...Scope[]];
  handle: (request: IRequestStrict, env: Env, key: Key) => Promise<Response>;
  /** Whether workers do this for a job: with a key of the scope work, the lease of a job is demanded. */
  forJobs?: true;
  /** One line. */
  summary: string;
  /** The schema of the query. */
  query?: z.ZodObject<Record<string, z.ZodType>, z.core.$strict>;
  body?: Content;
  /** Whether a browser gets the page of jobs instead, without a key. */
  page?: true;
  /** By status. */
  answers: Partial<Record<200 | 201 | 204 | 206, Content | null>>;
  /** The statuses of refusals, without 400, 401, 403, 500 and 503. */
  refusals?: readonly ErrorStatus[];
}
