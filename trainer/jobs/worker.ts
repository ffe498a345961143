import { setTimeout } from "node:timers/promises";
import type { Lease } from "../../shared/jobs/job.ts";
import type { claimSchema } from "../../shared/jobs/job.ts";
import type * as z from "zod";
import { removeAbandoned } from "./jobFolder.ts";
import { JobsClient } from "../registry/jobs.ts";
import { Unanswered } from "../registry/ask.ts";
import { ONCE } from "../registry/patience.ts";
import { type Outcome, type WorkOptions, workOn } from "./work.ts";

const POLL_MS = 3000;

/** How long a job that has failed here is left to other workers. They ask more often. */
const AGAIN_MS = 10_000;

const TOLD: Record<Outcome["kind"], string> = {
  done: "is done",
  failed: "has failed",
  stopped: "is given back",
  lost: "is lost",
  cancelled: "is cancelled",
};

function describeOutcome(outcome: Outcome): string {
  const reason = outcome.kind === "done" ? outcome.decision.reason : outcome.message;
  const again = outcome.kind === "failed" && outcome.again ? ", and is queued again" : "";
  return `${TOLD[outcome.kind]}${again}: ${reason}`;
}

/** Waits about so long, so that workers that started together do not ask together; less if it is to stop. */
const pause = (ms: number, signal: AbortSignal) =>
  setTimeout(ms * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);

/** Claims jobs and does them, one at a time. */
export class Worker {
  private readonly jobs: JobsClient;
  private isReachable = true;

  constructor(
    private readonly claim: z.output<typeof claimSchema>,
    private readonly options: WorkOptions,
    private readonly stop: AbortSignal,
  ) {
    const { url, token } = options;
    this.jobs = new JobsClient({ url, token, signal: stop, patience: ONCE });
  }

  /** Works until it is stopped. @param once whether one job is enough */
  async work(once: boolean): Promise<void> {
    await removeAbandoned(this.options.cache);
    while (!this.stop.aborted) {
      const lease = await this.next();
      if (!lease) {
        await pause(POLL_MS, this.stop);
        continue;
      }
      const outcome = await this.perform(lease);
      if (once) return;
      // Where it is this machine that is sick, another comes first.
      if (outcome.kind === "failed" && outcome.again) await pause(AGAIN_MS, this.stop);
    }
  }

  private async perform(lease: Lease): Promise<Outcome> {
    const { say } = this.options;
    const { id, model, dataset, checkpointStep } = lease.job;
    const from = checkpointStep === null ? "" : `, from step ${checkpointStep}`;
    say(`Job ${id} begins: ${model} from ${dataset.name}@${dataset.version}${from}`);
    const outcome = await workOn(lease, this.options, this.stop);
    say(`Job ${id} ${describeOutcome(outcome)}`);
    return outcome;
  }

  private async next(): Promise<Lease | null> {
    try {
      const lease = await this.jobs.claim(this.claim);
      this.isReachable = true;
      return lease;
    } catch (error) {
      if (this.stop.aborted) return null;
      if (!(error instanceof Unanswered)) throw error;
      if (this.isReachable) this.options.say(`${error.message}; asks again`);
      this.isReachable = false;
      return null;
    }
  }
}
