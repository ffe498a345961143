import { setTimeout } from "node:timers/promises";
import type { Job, JobRequest } from "../../shared/jobs/job.ts";
import type { JobsClient } from "../registry/jobs.ts";
import { isDivergence } from "../training/diverged.ts";
import { keyOf } from "./submission.ts";

const POLL_MS = 2000;

const ENDED = new Set<Job["state"]>(["done", "failed", "cancelled"]);

export const hasEnded = ({ state }: Job): boolean => ENDED.has(state);

/** Whether it has ended without a model, and might not if it were tried again. */
const isWorthAnother = ({ state, error }: Job) =>
  state === "cancelled" || (state === "failed" && !isDivergence(error?.message ?? ""));

/** The jobs of a registry that belong together. @throws Refused, Unanswered */
export class JobGroup {
  constructor(
    private readonly client: Pick<JobsClient, "group" | "submit">,
    readonly name: string,
  ) {}

  /** In the order in which they were submitted. Of those that were submitted again, the last counts. */
  async jobs(): Promise<Job[]> {
    const byKey = new Map<string, Job>();
    for (const job of await this.client.group(this.name)) {
      const key = keyOf(job);
      if (!byKey.has(key)) byKey.set(key, job);
    }
    return [...byKey.values()].reverse();
  }

  /**
   * Submits jobs in this order, but none that is there already. Those that have failed or were cancelled are submitted
   * again, except where training has diverged, as it would again.
   *
   * @returns the jobs in this order, and how many of them are new
   */
  async submit(
    wanted: readonly Omit<JobRequest, "group">[],
  ): Promise<{ jobs: Job[]; added: number }> {
    const known = new Map((await this.jobs()).map((job) => [keyOf(job), job]));
    const jobs: Job[] = [];
    let added = 0;
    for (const it of wanted) {
      const request = { ...it, group: this.name };
      const key = keyOf(request);
      const there = known.get(key);
      const isThere = there !== undefined && !isWorthAnother(there);
      if (!isThere) added += 1;
      jobs.push(isThere ? there : await this.client.submit(request, key));
    }
    return { jobs, added };
  }

  /**
   * The jobs again and again, until all have ended.
   *
   * @param isMeant which jobs of the group; default: all
   * @throws the reason of the signal
   */
  async *follow(
    signal: AbortSignal,
    isMeant: (job: Job) => boolean = () => true,
  ): AsyncGenerator<Job[]> {
    for (;;) {
      const jobs = (await this.jobs()).filter(isMeant);
      yield jobs;
      if (jobs.every(hasEnded)) return;
      await setTimeout(POLL_MS, undefined, { signal });
    }
  }
}
