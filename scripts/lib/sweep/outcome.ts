import type { Job } from "../../../shared/jobs/job.ts";
import { align } from "../../../trainer/console/align.ts";
import { describeValues } from "../../../trainer/paper/statistics.ts";
import type { Figures } from "./figures.ts";
import { seedOf, type Setting } from "./settings.ts";

/** A job with its figures; null: it has ended without a model. */
export type Measured = (job: Job) => Figures | null;

const percent = (values: readonly (number | null)[]): string => {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return "-";
  const { mean, deviation } = describeValues(known);
  const spread = deviation === null ? "" : ` ±${(100 * deviation).toFixed(1)}`;
  return `${(100 * mean).toFixed(1)}${spread}`;
};

/** A setting whose jobs are all done and have a held-out figure. */
interface Candidate {
  title: string;
  mean: number;
  deviation: number | null;
  /** Its best job on held-out classes. */
  best: Job;
}

function candidateOf({ title, jobs }: Setting, measured: Measured): Candidate[] {
  const found = jobs.flatMap((job) => {
    const heldOut = measured(job)?.heldOut ?? null;
    return heldOut === null ? [] : [{ job, heldOut }];
  });
  const [best] = [...found].sort((a, b) => b.heldOut - a.heldOut);
  if (!best || found.length < jobs.length) return [];
  return [{ title, ...describeValues(found.map(({ heldOut }) => heldOut)), best: best.job }];
}

/**
 * The table of a group's settings, and which of them is best. Held-out classes decide that, because figures of the test
 * classes would no longer be those of unseen classes if they had chosen.
 *
 * @param settings at least one
 * @param promote the command that lets a job's model be served
 */
export function describeOutcome(
  settings: readonly Setting[],
  measured: Measured,
  promote: (job: Job) => string,
): string[] {
  const rows = settings.map(({ title, jobs }) => {
    const figures = jobs.flatMap((job) => measured(job) ?? []);
    return [
      title,
      figures.length < jobs.length ? `${figures.length} of ${jobs.length}` : `${jobs.length}`,
      percent(figures.map(({ heldOut }) => heldOut)),
      percent(figures.map(({ test }) => test?.recallAt1 ?? null)),
      percent(figures.map(({ test }) => test?.mapAtR ?? null)),
    ];
  });
  const head = ["setting", "seeds", "held-out R@1", "test R@1", "test MAP@R"];
  const table = ["", "In %, by distance D, over the seeds:", align([head, ...rows]), ""];
  const [best, next] = settings
    .flatMap((setting) => candidateOf(setting, measured))
    .sort((a, b) => b.mean - a.mean);
  if (!best) {
    return [
      ...table,
      "No setting can be called best: of none are all jobs done with a figure of held-out classes.",
    ];
  }
  const isClose =
    next && next.mean + Math.max(best.deviation ?? 0, next.deviation ?? 0) > best.mean;
  return [
    ...table,
    `Best on held-out classes: ${best.title}`,
    ...(isClose ? [`${next.title} is as good but for a deviation: more seeds would tell`] : []),
    `Serve its best seed, ${seedOf(best.best)}: ${promote(best.best)}`,
  ];
}
