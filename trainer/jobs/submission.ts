import { createHash } from "node:crypto";
import * as z from "zod";
import type { JobRequest } from "../../shared/jobs/job.ts";
import type { Config } from "../runs/config.ts";

/**
 * What a job says of a training. The defaults are written out, so that a worker of another version trains by the same.
 * Its data set and its model are said elsewhere.
 */
export function trainingOf(config: Config): Pick<JobRequest, "config" | "requirements"> {
  const { data: _, name: __, backend, ...rest } = config;
  return {
    // Leaves out what is undefined.
    config: z.record(z.string(), z.json()).parse(JSON.parse(JSON.stringify(rest))),
    requirements: backend === "auto" ? {} : { backend },
  };
}

/** A value as JSON that does not depend on the order of fields. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, it: unknown) =>
    typeof it === "object" && it !== null && !Array.isArray(it)
      ? Object.fromEntries(Object.entries(it).sort(([a], [b]) => (a < b ? -1 : 1)))
      : it,
  );
}

/** 16 hex digits that stand for a value of JSON. */
export const digestOf = (value: unknown): string =>
  createHash("sha256").update(canonical(value)).digest("hex").slice(0, 16);

/** The key under which a job is submitted: the same for the same work in the same group. */
export function keyOf(job: JobRequest): string {
  const { dataset, model, config, promote, channel, requirements, group } = job;
  return digestOf({ dataset, model, config, promote, channel, requirements, group });
}
