import type { Model } from "../../../shared/model.ts";
import type { AppContext } from "../app.ts";
import type { Embedded } from "./embedItems.ts";
import { idOf } from "../models/models.ts";

/**
 * Sets the Server-Timing header (durations and cache hits) and records the work for the log.
 *
 * @param scored number of pairs that were scored, and the milliseconds that this took
 */
export function report(
  c: AppContext,
  model: Model,
  { images, cached, timing }: Omit<Embedded, "rows">,
  scored?: { pairs: number; ms: number },
): void {
  const spent: [string, number][] = [
    ["decode", timing.decode],
    ["embed", timing.embed],
  ];
  if (scored) spent.push(["score", scored.ms]);
  const parts = spent.map(([what, ms]) => `${what};dur=${ms.toFixed(1)}`);
  parts.push(`cache;desc="${cached} of ${images}"`);
  c.header("Server-Timing", parts.join(", "));
  const { name, version } = model.manifest;
  c.set("work", { model: idOf(name, version), images, cached, pairs: scored?.pairs ?? 0 });
}
