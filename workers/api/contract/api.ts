import type { Hono } from "hono";
import type { BlankEnv, Schema } from "hono/types";
import {
  deleteCollection,
  getCollection,
  listCollections,
  putCollection,
} from "./collections/collection.ts";
import { findDuplicates, getDuplicates } from "./collections/duplicates.ts";
import { deleteItem, getItem, listItems, putItems } from "./collections/items.ts";
import { search } from "./collections/search.ts";
import { listErrors, sync } from "./collections/sync.ts";
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
  search,
  putCollection,
  getCollection,
  listCollections,
  deleteCollection,
  putItems,
  listItems,
  getItem,
  deleteItem,
  findDuplicates,
  getDuplicates,
  sync,
  listErrors,
  models,
  info,
  metrics,
  healthz,
  readyz,
] as const;

type Listed = (typeof list)[number];

type KeyOf<C> = C extends Contract ? `${C["method"]} ${C["path"]}` : never;

/** The method and path of a route, such as `get /info`. */
export type RouteKey = KeyOf<Listed>;

export const contracts: readonly Contract[] = list;

/** The contract of a request; undefined if there is none. @param path without query */
export function contractOf(method: string, path: string): Contract | undefined {
  return contracts.find(
    (it) => it.method === method.toLowerCase() && patternOf(it.path).test(path),
  );
}

const patternOf = (path: string) => new RegExp(`^${path.replace(/:\w+/g, "[^/]+")}$`);

/** The routes that answer in JSON. */
export type JsonContract = Exclude<Listed, { answer: { type: "text/plain" } }>;

type Endpoints<C> = C extends Contract ? Endpoint<C> : never;

type Intersection<U> = (U extends unknown ? (it: U) => void : never) extends (it: infer I) => void
  ? I
  : never;

/** The type of the API for Hono's client. */
export type Api = Hono<BlankEnv, Extract<Intersection<Endpoints<JsonContract>>, Schema>>;
