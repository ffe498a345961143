import type { AppContext } from "../app.ts";
import type { RouteKey } from "../contract/api.ts";
import type { Contract } from "../contract/contract.ts";
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
import { embed } from "./embed.ts";
import { embeddings } from "./embeddings.ts";
import { healthz, readyz } from "./health.ts";
import { info } from "./info.ts";
import { metrics } from "./metrics.ts";
import { models } from "./models.ts";
import { rerank } from "./rerank.ts";
import { similarity } from "./similarity.ts";

export type Route = (c: AppContext) => Response | Promise<Response>;

/** The handler of each contract. The type requires exactly one handler for each. */
const routes: Record<RouteKey, Route> = {
  "post /embed": embed,
  "post /similarity": similarity,
  "post /rerank": rerank,
  "post /v1/embeddings": embeddings,
  "post /collections/:collection/search": search,
  "put /collections/:collection": putCollection,
  "get /collections/:collection": getCollection,
  "get /collections": listCollections,
  "delete /collections/:collection": deleteCollection,
  "post /collections/:collection/items": putItems,
  "get /collections/:collection/items": listItems,
  "get /collections/:collection/items/:id": getItem,
  "delete /collections/:collection/items/:id": deleteItem,
  "post /collections/:collection/duplicates": findDuplicates,
  "get /collections/:collection/duplicates": getDuplicates,
  "post /collections/:collection/sync": sync,
  "get /collections/:collection/errors": listErrors,
  "get /v1/models": models,
  "get /info": info,
  "get /metrics": metrics,
  "get /healthz": healthz,
  "get /readyz": readyz,
};

const byKey: Readonly<Record<string, Route>> = routes;

/** The handler of a contract. */
export function routeOf({ method, path }: Pick<Contract, "method" | "path">): Route {
  const route = byKey[`${method} ${path}`];
  if (route) return route;
  throw new Error(`${method} ${path} has no handler`);
}
