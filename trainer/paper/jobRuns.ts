import { IMAGE_CONTRACT } from "../../shared/image/contract.ts";
import type { Job, JobRequest } from "../../shared/jobs/job.ts";
import type { Say } from "../console/say.ts";
import { UserError } from "../error.ts";
import { fetchMeasures } from "../jobs/fetchMeasures.ts";
import { hasEnded, JobGroup } from "../jobs/group.ts";
import { GroupProgress } from "../jobs/groupProgress.ts";
import { digestOf, keyOf, trainingOf } from "../jobs/submission.ts";
import { METHODS } from "../methods/methods.ts";
import type { JobsClient } from "../registry/jobs.ts";
import { isDivergence } from "../training/diverged.ts";
import { configOf, type Plan, sharedOf } from "./plan.ts";
import type { RunResult } from "./runResult.ts";
import { type EndedRun, nameOf, type PlannedRun } from "./runs.ts";

type Client = Pick<JobsClient, "group" | "submit" | "artifact">;

/** Longest that a name may be, less what this adds. */
const MOST_LETTERS = 50;

/** What the jobs are for. */
interface Task {
  plan: Plan;
  dataset: JobRequest["dataset"];
  /** Of the images here, which those of the workers must be. */
  fingerprint: string;
}

/** The figures of a job that is done. @throws UserError if there are none, or not of these images */
async function resultOf(client: Client, { id }: Job, fingerprint: string): Promise<RunResult> {
  const measures = await fetchMeasures(client, id);
  if (!measures || "obstacle" in measures) {
    const reason = measures ? `: ${measures.obstacle}` : "";
    throw new UserError(
      `job ${id} has no figures${reason}; the same command without --registry trains what is missing here`,
    );
  }
  const { data, versions, result } = measures;
  if (data.fingerprint !== fingerprint) {
    throw new UserError(
      `job ${id} has trained on other images than those here (SHA-256 ${data.fingerprint}, here ${fingerprint})`,
    );
  }
  if (versions.images === String(IMAGE_CONTRACT)) return result;
  throw new UserError(
    `the worker of job ${id} makes other pixels of images than this version: give both the same version, and choose another --out`,
  );
}

/**
 * Lets workers of a registry train runs: submits a job for each that is not there yet, as a group that is the same for
 * the same experiment.
 *
 * @returns the runs as their jobs end
 * @throws UserError, Refused, Unanswered
 */
export async function trainByJobs(
  client: Client,
  { plan, dataset, fingerprint }: Task,
  pending: readonly PlannedRun[],
  say: Say,
  signal: AbortSignal,
): Promise<AsyncGenerator<EndedRun>> {
  const model = `paper-${dataset.name.slice(0, MOST_LETTERS)}`;
  // Where the images lie here says nothing of them.
  const { data: _, ...shared } = sharedOf(plan.config);
  const group = new JobGroup(client, `${model}-${digestOf({ dataset, shared }).slice(0, 8)}`);
  const requests = pending.map((run) => ({
    ...{ dataset, model, promote: "never" as const, channel: "stable" },
    ...trainingOf(configOf(plan, run)),
  }));
  const { added } = await group.submit(requests);
  say(`${added} jobs submitted, ${pending.length - added} were there: group ${group.name}`);
  const runs = new Map(
    requests.map((request, at) => [keyOf({ ...request, group: group.name }), pending[at]!]),
  );
  const runOf = (job: Job) => runs.get(keyOf(job));
  return follow(client, { group, runOf, fingerprint }, say, signal);
}

async function* follow(
  client: Client,
  {
    group,
    runOf,
    fingerprint,
  }: { group: JobGroup; runOf: (job: Job) => PlannedRun | undefined; fingerprint: string },
  say: Say,
  signal: AbortSignal,
): AsyncGenerator<EndedRun> {
  const progress = new GroupProgress(say, (job) => {
    const run = runOf(job);
    return run ? `${METHODS[run.method].title}, seed ${run.seed}` : "";
  });
  const told = new Set<string>();
  const failures: string[] = [];
  for await (const jobs of group.follow(signal, (job) => runOf(job) !== undefined)) {
    progress.show(jobs);
    for (const job of jobs.filter((it) => hasEnded(it) && !told.has(it.id))) {
      told.add(job.id);
      const run = runOf(job);
      if (!run) continue;
      const message = job.error?.message ?? `it was ${job.state}`;
      if (job.state === "done") {
        yield { run, result: await resultOf(client, job, fingerprint) };
      } else if (isDivergence(message)) yield { run, diverged: message };
      else failures.push(`${nameOf(run)} (job ${job.id}): ${message}`);
    }
  }
  if (failures.length === 0) return;
  throw new UserError(
    `jobs have come to nothing; the same command submits them again:\n  ${failures.join("\n  ")}`,
  );
}
