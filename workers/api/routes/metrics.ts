import type { AppContext } from "../app.ts";
import { metrics as counted } from "../observe.ts";
import { models } from "../select.ts";

/** GET /metrics: what this isolate has done, for Prometheus. */
export const metrics = (c: AppContext): Response =>
  c.body(counted.text(models.bytes(), models.loads), 200, {
    "content-type": "text/plain; version=0.0.4; charset=utf-8",
  });
