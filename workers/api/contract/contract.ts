import type { TypedResponse } from "hono";
import type { ToSchema } from "hono/types";
import type * as z from "zod";
import type { ApiStatus, ErrorBody } from "./error.ts";

/**
 * What a route takes and answers, as data. The Worker checks requests with its schemas, and
 * /openapi.json and the client's types are made of it. Contracts run outside workerd, too.
 */
export interface Contract {
  method: "get" | "post";
  path: string;
  /** One line, for lists of routes. */
  summary: string;
  description: string;
  /** Whether it answers without a key. */
  public?: true;
  /** The schema of the query, whose fields are optional text. */
  query?: z.ZodObject;
  body?: {
    schema: z.ZodType;
    /** Whether it takes image files, too: as the body, or in a form. */
    files?: true;
    /** Requests that succeed, by name. */
    examples: Record<string, { summary: string; value: unknown }>;
  };
  answer: { description: string; schema: z.ZodType; type?: "text/plain" };
  /** Whether clients, or anyone on the way, may keep its answer and ask whether it still holds. */
  revalidated?: "private" | "public";
  /** The statuses of its failures, beside 401, 403, 429 and 500. */
  errors: ApiStatus[];
}

type Input<C extends Contract> = (C extends { body: { schema: infer S extends z.ZodType } }
  ? { json: z.input<S> }
  : unknown) &
  (C extends { query: infer Q extends z.ZodType } ? { query?: z.input<Q> } : unknown);

/** A contract as Hono's client reads it. */
export type Endpoint<C extends Contract> = ToSchema<
  C["method"],
  C["path"],
  { in: Input<C> },
  | TypedResponse<z.output<C["answer"]["schema"]>, 200, "json">
  | TypedResponse<ErrorBody, ApiStatus, "json">
>;

/** The JSON of a route's successful answer. */
export type Answer<C extends Contract> = z.input<C["answer"]["schema"]>;

/** Keeps the literal types of a contract. */
export const contract = <const C extends Contract>(value: C): C => value;
