import type { Hono } from "hono";
import type { BlankEnv, Schema } from "hono/types";
import type { Contract, Endpoint } from "./contract.ts";
import { embed } from "./embed.ts";
import { embeddings } from "./embeddings.ts";
import { models } from "./models.ts";
import { rerank } from "./rerank.ts";
import { similarity } from "./similarity.ts";
import { healthz, info, metrics, readyz } from "./status.ts";

/**
 * All routes of the API, in the order of the document. The Worker registers them, /openapi.json describes
 * them, and the client's types derive from them. ../routes/routes.ts holds a handler for each.
 */
const list = [
  embed,
  similarity,
  rerank,
  embeddings,
  models,
  info,
  metrics,
  healthz,
  readyz,
] as const;

/** The path of a route. */
export type Path = (typeof list)[number]["path"];

export const contracts: readonly (Contract & { path: Path })[] = list;

/** The routes that answer in JSON. */
export type JsonContract = Exclude<(typeof list)[number], { answer: { type: "text/plain" } }>;

type Endpoints<C> = C extends Contract ? Endpoint<C> : never;

type Intersection<U> = (U extends unknown ? (it: U) => void : never) extends (it: infer I) => void
  ? I
  : never;

/** The type of the API for Hono's client. */
export type Api = Hono<BlankEnv, Extract<Intersection<Endpoints<JsonContract>>, Schema>>;
