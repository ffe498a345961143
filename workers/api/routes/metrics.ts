import type { AppContext } from "../app.ts";
import { cacheBytes } from "../inference/embedImages.ts";
import { engineMemory } from "../engine/memory.ts";
import { metrics as counters } from "../middleware/observe.ts";
import { modelStatistics } from "../request/select.ts";

/** GET /metrics: the counters of this isolate, for Prometheus. */
export const metrics = (c: AppContext): Response =>
  c.text(counters.text(modelStatistics(), engineMemory(), cacheBytes()), 200, {
    "Content-Type": "text/plain; version=0.0.4; charset=utf-8",
  });
