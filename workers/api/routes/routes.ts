import type { AppContext } from "../app.ts";
import type { Contract } from "../contract/contract.ts";
import { embed as embedContract } from "../contract/embed.ts";
import { embeddings as embeddingsContract } from "../contract/embeddings.ts";
import { rerank as rerankContract } from "../contract/rerank.ts";
import { similarity as similarityContract } from "../contract/similarity.ts";
import * as status from "../contract/status.ts";
import { embed } from "./embed.ts";
import { embeddings } from "./embeddings.ts";
import { healthz, readyz } from "./health.ts";
import { info } from "./info.ts";
import { metrics } from "./metrics.ts";
import { rerank } from "./rerank.ts";
import { similarity } from "./similarity.ts";

export type Route = (c: AppContext) => Response | Promise<Response>;

/** What everybody may ask. */
export const openRoutes: [Contract, Route][] = [
  [status.healthz, healthz],
  [status.readyz, readyz],
];

/** What takes a key, where keys are set. */
export const keyedRoutes: [Contract, Route][] = [
  [embedContract, embed],
  [similarityContract, similarity],
  [rerankContract, rerank],
  [embeddingsContract, embeddings],
  [status.info, info],
  [status.metrics, metrics],
];
