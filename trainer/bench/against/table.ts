import { PARTS } from "../step.ts";
import { columns, ms } from "../table.ts";
import type { Comparison } from "./report.ts";

const HEAD = ["step by", "images/s", "ratio", "step", ...PARTS, "processor"];

/** Formats a comparison: a line for each way to take the step. */
export function comparisonTable({ network, batch, rows }: Comparison): string {
  const cells = rows.map(({ name, images_per_s, ratio, step_ms, times, cpu_ms }) => [
    ...[name, images_per_s.toFixed(1), ratio.toFixed(2), ms(step_ms)],
    ...[...PARTS.map((part) => times[part]), cpu_ms].map(ms),
  ]);
  const title = `${network}, ${batch} images a step, ms; ratio: images/s here by those of the row`;
  return [title, ...columns(HEAD, cells)].join("\n");
}
