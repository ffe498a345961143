import * as z from "zod";
import type { JobRequest } from "../../../shared/jobs/job.ts";
import { UserError } from "../../../trainer/error.ts";
import { kebab, SET } from "../flags.ts";
import { jobConfig } from "../jobs.ts";
import { grid } from "./grid.ts";

/** More than anybody wants to wait for, or than was meant. */
export const MOST_JOBS = 200;

const pairsSchema = z.record(z.string(), z.array(z.number())).default({});

/** Every job of a sweep, checked. */
export interface Sweep {
  trainings: Pick<JobRequest, "config" | "requirements">[];
  /** What changes from job to job, in words. */
  words: string;
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

/**
 * Makes the jobs of a sweep: every combination of the given values, with each seed. Seeds change least often, so that
 * all settings can be compared when the first seed is done.
 *
 * @param given by the names of the config's fields; what has several values is a list
 * @param count how many seeds, from the given one or 1 on
 * @throws UserError if the trainer does not take one of them, or if they are too many
 */
export function planSweep(
  { hyperparameters, seed, ...given }: Record<string, unknown>,
  count: number,
  { data, model }: { data: string; model: string },
): Sweep {
  const first = z.number().default(1).parse(seed);
  const seeds = Array.from({ length: count }, (_, at) => first + at);
  const pairs = pairsSchema.parse(hyperparameters);
  const lists = Object.fromEntries(Object.entries(given).map(([name, it]) => [name, listOf(it)]));
  const several = [
    ...Object.entries(lists).map(([name, values]) => [`--${kebab(name)} `, values] as const),
    ...Object.entries(pairs).map(([name, values]) => [`--${SET} ${name}=`, values] as const),
  ].filter(([, values]) => values.length > 1);
  const size = several.reduce((product, [, values]) => product * values.length, count);
  const factors = [...several.map(([, values]) => values.length), count].join(" x ");
  if (size > MOST_JOBS) {
    throw new UserError(
      `this sweep has ${size} jobs (${factors}); a sweep has at most ${MOST_JOBS}: leave values or seeds out`,
    );
  }
  const settings = grid(lists).flatMap((flags) =>
    grid(pairs).map((chosen) => ({ ...flags, hyperparameters: chosen })),
  );
  const trainings = seeds.flatMap((of) =>
    settings.map((setting) => jobConfig({ ...setting, seed: of }, data, model)),
  );
  const seedWords = count > 1 ? `seeds ${first} to ${first + count - 1}` : `seed ${first}`;
  const valueWords = several.map(([flag, values]) => `${flag}${values.join(", ")}`);
  return { trainings, words: [...valueWords, seedWords].join("; ") };
}
