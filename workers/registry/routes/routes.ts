import type { Route } from "../route.ts";
import { listDatasets, showDataset, showDatasetVersion, showEntries } from "./datasets/list.ts";
import { push } from "./datasets/push.ts";
import { removeDataset } from "./datasets/remove.ts";
import { getShard, headShard, putShard } from "./datasets/shards.ts";
import { getCheckpoint, putCheckpoint } from "./jobs/checkpoint.ts";
import { showEvents } from "./jobs/events.ts";
import { cancelJob, listJobs, showJob } from "./jobs/list.ts";
import { submitJob } from "./jobs/submit.ts";
import { claimJob, completeJob, failJob, heartbeat } from "./jobs/work.ts";
import { listModels, showModel, showVersion } from "./list.ts";
import { promote } from "./promote.ts";
import { publish } from "./publish.ts";
import { remove } from "./remove.ts";
import { rollback } from "./rollback.ts";

const MODELS = ["publish"] as const;
const TRAIN = ["train"] as const;
const WORK = ["work"] as const;
const READ = ["train", "work"] as const;

/** All routes that demand a key. Of two paths that match a request, the first counts. */
export const routes: Route[] = [
  { method: "get", path: "/models", scopes: MODELS, handle: listModels },
  { method: "get", path: "/models/:name", scopes: MODELS, handle: showModel },
  { method: "post", path: "/models/:name", scopes: MODELS, handle: publish },
  { method: "post", path: "/models/:name/promote", scopes: MODELS, handle: promote },
  { method: "post", path: "/models/:name/rollback", scopes: MODELS, handle: rollback },
  { method: "get", path: "/models/:name/:version", scopes: MODELS, handle: showVersion },
  { method: "delete", path: "/models/:name/:version", scopes: MODELS, handle: remove },

  { method: "get", path: "/datasets", scopes: READ, handle: listDatasets },
  { method: "get", path: "/datasets/:name", scopes: READ, handle: showDataset },
  { method: "post", path: "/datasets/:name", scopes: TRAIN, handle: push },
  { method: "get", path: "/datasets/:name/:version", scopes: READ, handle: showDatasetVersion },
  { method: "delete", path: "/datasets/:name/:version", scopes: TRAIN, handle: removeDataset },
  { method: "get", path: "/datasets/:name/shards/:sha256", scopes: READ, handle: getShard },
  { method: "head", path: "/datasets/:name/shards/:sha256", scopes: READ, handle: headShard },
  { method: "put", path: "/datasets/:name/shards/:sha256", scopes: TRAIN, handle: putShard },
  { method: "get", path: "/datasets/:name/:version/entries", scopes: READ, handle: showEntries },

  { method: "get", path: "/jobs", scopes: READ, handle: listJobs },
  { method: "post", path: "/jobs", scopes: TRAIN, handle: submitJob },
  { method: "post", path: "/jobs/claim", scopes: WORK, handle: claimJob },
  { method: "get", path: "/jobs/:id", scopes: READ, handle: showJob },
  { method: "delete", path: "/jobs/:id", scopes: TRAIN, handle: cancelJob },
  { method: "get", path: "/jobs/:id/events", scopes: READ, handle: showEvents },
  { method: "post", path: "/jobs/:id/heartbeat", scopes: WORK, handle: heartbeat },
  { method: "post", path: "/jobs/:id/complete", scopes: WORK, handle: completeJob },
  { method: "post", path: "/jobs/:id/fail", scopes: WORK, handle: failJob },
  { method: "get", path: "/jobs/:id/checkpoint", scopes: WORK, handle: getCheckpoint },
  { method: "put", path: "/jobs/:id/checkpoint", scopes: WORK, handle: putCheckpoint },
];
