import type { Job } from "../../../shared/jobs/job.ts";
import type { Say } from "../../../trainer/console/say.ts";
import { UserError } from "../../../trainer/error.ts";
import { fetchMeasures } from "../../../trainer/jobs/fetchMeasures.ts";
import { JobGroup } from "../../../trainer/jobs/group.ts";
import { GroupProgress } from "../../../trainer/jobs/groupProgress.ts";
import type { JobsClient } from "../../../trainer/registry/jobs.ts";
import { type Figures, figuresOf } from "./figures.ts";
import { describeOutcome } from "./outcome.ts";
import { seedOf, settingsOf } from "./settings.ts";

/** What each job is, for a person. */
function labelsOf(jobs: readonly Job[]): Map<string, string> {
  const labels = settingsOf(jobs).flatMap(({ title, jobs: own }) =>
    own.map((job): [string, string] => [job.id, `${title}, seed ${seedOf(job)}`]),
  );
  return new Map(labels);
}

/**
 * Shows the jobs of a group until all have ended, then what each setting has reached.
 *
 * @param promote the command that lets a job's model be served
 * @returns whether all are done
 * @throws UserError if the group has no jobs; the reason of the signal, which ends nothing but the following
 */
export async function followGroup(
  client: JobsClient,
  name: string,
  { say, promote }: { say: Say; promote: (job: Job) => string },
  signal: AbortSignal,
): Promise<boolean> {
  let jobs: Job[] = [];
  let labels = new Map<string, string>();
  const progress = new GroupProgress(say, ({ id }) => labels.get(id) ?? "");
  for await (jobs of new JobGroup(client, name).follow(signal)) {
    if (jobs.length === 0) throw new UserError(`the registry has no jobs of the group ${name}`);
    labels = labelsOf(jobs);
    progress.show(jobs);
  }
  const figures = new Map<string, Figures>();
  for (const job of jobs) {
    if (job.state === "done")
      figures.set(job.id, figuresOf(job, await fetchMeasures(client, job.id)));
    else {
      const reason = job.error ? `: ${job.error.message}` : "";
      say(`Job ${job.id} (${labels.get(job.id)}) is ${job.state}${reason}`);
    }
  }
  const measured = ({ id }: Job) => figures.get(id) ?? null;
  for (const line of describeOutcome(settingsOf(jobs), measured, promote)) say(line);
  return figures.size === jobs.length;
}
