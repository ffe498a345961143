import type { Hono } from "hono";
import type { BlankEnv } from "hono/types";
import type { Contract, Endpoint } from "./contract.ts";
import { embed } from "./embed.ts";
import { embeddings } from "./embeddings.ts";
import { rerank } from "./rerank.ts";
import { similarity } from "./similarity.ts";
import { healthz, info, metrics, readyz } from "./status.ts";

/** All routes of the API, in the order of the document. */
export const contracts: Contract[] = [
  embed,
  similarity,
  rerank,
  embeddings,
  info,
  metrics,
  healthz,
  readyz,
];

/** The API as Hono's client reads it. */
export type Api = Hono<
  BlankEnv,
  Endpoint<typeof embed> &
    Endpoint<typeof similarity> &
    Endpoint<typeof rerank> &
    Endpoint<typeof embeddings> &
    Endpoint<typeof info> &
    Endpoint<typeof healthz> &
    Endpoint<typeof readyz>
>;
