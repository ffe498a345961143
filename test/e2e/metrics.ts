import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";

const stepSchema = z.object({
  step: z.number(),
  loss: z.number(),
  metric: z.number(),
  embedding: z.number(),
});

/** The lines of the steps in a run's metrics.jsonl, without those of evaluations. */
export function readSteps(run: string): z.infer<typeof stepSchema>[] {
  const path = join(run, "metrics.jsonl");
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line.includes('"loss"'))
    .map((line) => stepSchema.parse(JSON.parse(line)));
}
