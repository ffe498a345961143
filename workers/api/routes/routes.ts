import type { AppContext } from "../app.ts";
import type { Path } from "../contract/api.ts";
import { embed } from "./embed.ts";
import { embeddings } from "./embeddings.ts";
import { healthz, readyz } from "./health.ts";
import { info } from "./info.ts";
import { metrics } from "./metrics.ts";
import { models } from "./models.ts";
import { rerank } from "./rerank.ts";
import { similarity } from "./similarity.ts";

export type Route = (c: AppContext) => Response | Promise<Response>;

/** The handler of each contract. The type requires exactly one handler per path. */
export const routes: Record<Path, Route> = {
  "/embed": embed,
  "/similarity": similarity,
  "/rerank": rerank,
  "/v1/embeddings": embeddings,
  "/v1/models": models,
  "/info": info,
  "/metrics": metrics,
  "/healthz": healthz,
  "/readyz": readyz,
};
