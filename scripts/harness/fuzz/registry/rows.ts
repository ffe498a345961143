import type { KeyScope } from "./keys.ts";

/** A route, as cases ask it. */
export interface Row {
  /** Method and path. The names of its parameters are those of `World.fill`. */
  route: string;
  scope: KeyScope;
  /** How often it is asked, if not once. */
  weight?: number;
  /** Right queries. */
  queries?: string[];
  /** Right bodies, or what another body is made from. */
  body?: unknown[] | "push" | "shard" | "package" | "bytes";
  /** Whether the steady things may be asked for: a right request does them no harm. */
  steady?: boolean;
}

const DATASET = { name: "$name", version: "$version" };

const PROGRESS = { step: 3, steps: 10, loss: 0.5, recall: null, imagesPerSecond: 20 };

const ERROR = { message: "the loss is not a number", log: ["step 1", "step 2"] };

const DECISION = {
  promoted: true,
  reason: "it is better",
  challenger: { version: "0123456789abcdef", recallAt1: 0.9 },
  champion: null,
  p: null,
  queries: 10,
};

const JOB = { dataset: DATASET, model: "$model", config: { steps: 100 } };

/** All routes of the registry. Those that keep jobs alive are asked more often. */
export const ROWS: Row[] = [
  { route: "GET /healthz", scope: "search", steady: true },
  { route: "GET /openapi.json", scope: "search", steady: true },
  { route: "GET /nothing", scope: "publish", steady: true },

  { route: "GET /datasets", scope: "train", steady: true },
  { route: "GET /datasets/:name", scope: "work", steady: true },
  { route: "POST /datasets/:name", scope: "train", weight: 4, body: "push" },
  { route: "GET /datasets/:name/:version", scope: "train", steady: true },
  { route: "GET /datasets/:name/:version/entries", scope: "work", steady: true },
  { route: "DELETE /datasets/:name/:version", scope: "train" },
  { route: "GET /datasets/:name/shards/:sha256", scope: "work", weight: 3, steady: true },
  { route: "HEAD /datasets/:name/shards/:sha256", scope: "train", steady: true },
  {
    ...{ route: "PUT /datasets/:name/shards/:sha256", scope: "train", weight: 3 },
    ...{ body: "shard", steady: true },
  },

  {
    ...{ route: "GET /jobs", scope: "work", steady: true },
    queries: [
      ...["", "?limit=1", "?limit=50", "?state=running", "?state=queued&limit=3", "?group=g"],
      ...["?after=$id", "?after=$id&limit=2&state=done"],
    ],
  },
  {
    ...{ route: "POST /jobs", scope: "train", weight: 4, steady: true },
    body: [
      JOB,
      { ...JOB, promote: "always", channel: "beta", group: "g" },
      { ...JOB, requirements: { backend: "cuda", gpuBytes: 1e9 } },
      { ...JOB, config: { deep: { a: [1, "2", null] }, name: "x".repeat(2000) } },
    ],
  },
  {
    ...{ route: "POST /jobs/claim", scope: "work", weight: 5, steady: true },
    body: [
      { worker: "gpu-1", backend: "cuda", gpuBytes: 24e9 },
      { worker: "cpu \u{1f600}", backend: "wasm" },
    ],
  },
  { route: "GET /jobs/:id", scope: "train", steady: true },
  { route: "DELETE /jobs/:id", scope: "train", steady: true },
  {
    ...{ route: "GET /jobs/:id/events", scope: "train", weight: 2, steady: true },
    queries: ["", "?after=0", "?after=1", "?after=9007199254740991"],
  },
  {
    ...{ route: "POST /jobs/:id/heartbeat", scope: "work", weight: 4, steady: true },
    body: [
      { token: "$token", progress: null },
      { token: "$token", progress: PROGRESS, log: ["a line", "another"] },
      { token: "$token", progress: null, log: ["x".repeat(1000)], publishing: true },
    ],
  },
  {
    ...{ route: "POST /jobs/:id/complete", scope: "work", steady: true },
    body: [
      { token: "$token", decision: DECISION },
      {
        token: "$token",
        decision: { ...DECISION, promoted: false, champion: DECISION.challenger },
      },
    ],
  },
  {
    ...{ route: "POST /jobs/:id/fail", scope: "work", steady: true },
    body: [
      { token: "$token", error: ERROR, retry: true },
      { token: "$token", error: ERROR, retry: false },
      { token: "$token", error: ERROR, retry: true, stopped: true },
    ],
  },
  {
    ...{ route: "GET /jobs/:id/checkpoint", scope: "work", steady: true },
    queries: ["?token=$token"],
  },
  {
    ...{ route: "PUT /jobs/:id/checkpoint", scope: "work", weight: 3, steady: true },
    ...{
      body: "bytes",
      queries: [1, 2 ** 53 - 1].map((step) => `?token=$token&step=${step}&sha256=$content`),
    },
  },
  { route: "GET /jobs/:id/measures", scope: "train", steady: true },
  { route: "GET /jobs/:id/report", scope: "work", steady: true },
  ...["measures", "report"].map((name) => ({
    ...{ route: `PUT /jobs/:id/${name}`, scope: "work" as const, steady: true },
    ...{ body: "bytes" as const, queries: ["?token=$token"] },
  })),

  { route: "GET /models", scope: "publish", steady: true },
  { route: "GET /models/:model", scope: "publish", steady: true },
  { route: "POST /models/:model", scope: "publish", weight: 3, body: "package" },
  {
    ...{ route: "POST /models/:model/promote", scope: "publish", weight: 2 },
    body: [
      { version: "$modelVersion" },
      { version: "$modelVersion", channel: "beta", from: null },
      { version: "$modelVersion", channel: "beta", from: "$modelVersion" },
    ],
  },
  { route: "POST /models/:model/rollback", scope: "publish", body: [{}, { channel: "beta" }] },
  { route: "GET /models/:model/:modelVersion", scope: "publish", steady: true },
  { route: "GET /models/:model/:modelVersion/package/:file", scope: "work", steady: true },
  { route: "DELETE /models/:model/:modelVersion", scope: "publish" },
];
