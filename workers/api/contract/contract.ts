import type { TypedResponse } from "hono";
import type { ToSchema } from "hono/types";
import type * as z from "zod";
import type { Scope } from "../../http/keys.ts";
import type { ApiStatus, ErrorBody } from "./error.ts";

/** 201 says that something was made, 202 that work has begun. */
export type OkStatus = 200 | 201 | 202;

export type Method = "get" | "post" | "put" | "delete";

/**
 * The request and answer of a route, as data. The Worker checks requests with these schemas, and
 * /openapi.json and the client's types derive from them. Contracts also run outside workerd.
 */
export interface Contract {
  method: Method;
  /** With parameters such as `:collection`. */
  path: string;
  /** What a key must permit; if not given, `embed`. */
  scope?: Scope;
  /** One line, for lists of routes. */
  summary: string;
  description: string;
  /** Whether the route answers without a key. */
  public?: true;
  /** The schemas of the parameters in the path, by name. */
  params?: z.ZodObject;
  /** The schema of the query. Its fields are optional text. */
  query?: z.ZodObject;
  body?: {
    schema: z.ZodType;
    /** Whether the route also accepts image files, as the body or in a form. */
    files?: true;
    /** Requests that succeed, by name. */
    examples: Record<string, { summary: string; value: unknown }>;
  };
  answer: {
    description: string;
    schema: z.ZodType;
    type?: "text/plain";
    /** The statuses of success, if not only 200. */
    statuses?: readonly OkStatus[];
  };
  /** Who may cache the answer and revalidate it: the client alone, or proxies, too. */
  revalidated?: "private" | "public";
  /** The statuses of errors, without 401, 403, 429 and 500. */
  errors: ApiStatus[];
}

export type Input<C extends Contract> = (C extends { body: { schema: infer S extends z.ZodType } }
  ? { json: z.input<S> }
  : object) &
  (C extends { params: infer P extends z.ZodObject } ? { param: z.input<P> } : object) &
  (C extends { query: infer Q extends z.ZodType } ? { query?: z.input<Q> } : object);

/** The statuses with which a route succeeds. */
export type StatusOf<C extends Contract> = C["answer"] extends {
  statuses: readonly (infer S extends OkStatus)[];
}
  ? S
  : 200;

/** The type of a contract for Hono's client. */
export type Endpoint<C extends Contract> = ToSchema<
  C["method"],
  C["path"],
  { in: Input<C> },
  | TypedResponse<z.output<C["answer"]["schema"]>, StatusOf<C>, "json">
  | TypedResponse<ErrorBody, ApiStatus, "json">
>;

/** The JSON of a route's successful answer. */
export type Answer<C extends Contract> = z.input<C["answer"]["schema"]>;

/**
 * Keeps the literal types of a contract.
 *
 * @throws Error if a schema has no id, its name in /openapi.json
 */
export function contract<const C extends Contract>(value: C): C {
  const { path, body, answer } = value;
  if (body) expectId(body.schema, `the request of ${path}`);
  if (answer.type === undefined) expectId(answer.schema, `the answer of ${path}`);
  return value;
}

function expectId(schema: z.ZodType, what: string): void {
  if (schema.meta()?.id !== undefined) return;
  throw new Error(`the schema of ${what} has no name: add .meta({ id: "Name" })`);
}
