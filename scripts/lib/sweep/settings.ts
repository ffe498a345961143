import * as z from "zod";
import type { Job } from "../../../shared/jobs/job.ts";
import { kebab, SET } from "../flags.ts";

/** Jobs that differ in nothing but their seeds. */
export interface Setting {
  /** Flags that tell it from the others. */
  title: string;
  jobs: Job[];
}

const hyperparametersSchema = z.record(z.string(), z.number()).catch({});

const METHOD = "--method ";

const textOf = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

/** The flags of a job that may differ from those of others, without its seed. */
function flagsOf({ model, dataset, requirements, config }: Job): Map<string, string> {
  const { hyperparameters, seed: _, ...rest } = config;
  const flags = { model, dataset: `${dataset.name}@${dataset.version}`, ...requirements, ...rest };
  return new Map([
    ...Object.entries(flags).map(([name, value]): [string, string] => [
      `--${kebab(name)} `,
      textOf(value),
    ]),
    ...Object.entries(hyperparametersSchema.parse(hyperparameters)).map(
      ([name, value]): [string, string] => [`--${SET} ${name}=`, textOf(value)],
    ),
  ]);
}

/** The flags that are not the same for all of some jobs. */
function differing(flags: readonly Map<string, string>[]): Set<string> {
  const names = new Set(flags.flatMap((it) => [...it.keys()]));
  return new Set([...names].filter((name) => new Set(flags.map((it) => it.get(name))).size > 1));
}

/**
 * Divides the jobs of a group by their settings, in the order of the jobs. The hyperparameters of a method count only
 * where other jobs of the same method have other ones.
 */
export function settingsOf(jobs: readonly Job[]): Setting[] {
  const all = jobs.map((job) => ({ job, flags: flagsOf(job) }));
  const isSet = (name: string) => name.startsWith(`--${SET} `);
  const plain = [...differing(all.map(({ flags }) => flags))].filter((name) => !isSet(name));
  const settings = new Map<string, Job[]>();
  for (const { job, flags } of all) {
    const alike = all.filter((it) => it.flags.get(METHOD) === flags.get(METHOD));
    const own = [...differing(alike.map((it) => it.flags))].filter(isSet);
    const words = [...plain, ...own]
      .filter((name) => flags.has(name))
      .map((name) => `${name}${flags.get(name)}`);
    const title = words.join(" ") || "all jobs";
    settings.set(title, [...(settings.get(title) ?? []), job]);
  }
  return Array.from(settings, ([title, of]) => ({ title, jobs: of }));
}

export const seedOf = ({ config }: Job): number => z.number().catch(NaN).parse(config.seed);
