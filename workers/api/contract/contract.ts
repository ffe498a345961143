import type { TypedResponse } from "hono";
import type { ToSchema } from "hono/types";
import type * as z from "zod";
import type { ErrorBody, ErrorStatus } from "./error.ts";

/**
 * What a route takes and answers, as data: the Worker checks requests with its schemas, /openapi.json
 * and the client's types are made of it. Nothing here may need workerd.
 */
export interface Contract {
  method: "get" | "post";
  path: string;
  /** One line, for lists of routes. */
  summary: string;
  description: string;
  /** Answers without a key. */
  public?: true;
  /** The query's schema, of optional text. */
  query?: z.ZodObject;
  body?: {
    schema: z.ZodType;
    /** Takes images as they are, too: as the body, or as files of a form. */
    files?: true;
    /** Each is a request that succeeds, by its name. */
    examples: Record<string, { summary: string; value: unknown }>;
  };
  answer: { description: string; schema: z.ZodType; type?: "text/plain" };
  /** How it may fail, beside 401, 403, 429 and 500. */
  errors: ErrorStatus[];
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
  | TypedResponse<ErrorBody, ErrorStatus, "json">
>;

/** What a route answers where all is well, as JSON. */
export type Answer<C extends Contract> = z.input<C["answer"]["schema"]>;

/** Keeps the literal types of a contract. */
export const contract = <const C extends Contract>(value: C): C => value;
