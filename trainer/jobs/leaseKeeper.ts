import type { Lease, Progress } from "../../shared/jobs/job.ts";
import { Refused } from "../registry/ask.ts";
import type { JobsClient } from "../registry/jobs.ts";

/** The job is no longer this worker's, which must not publish anything. */
export class LostJob extends Error {
  override name = "LostJob";
  constructor(
    message: string,
    readonly why: "lost" | "cancelled",
  ) {
    super(message);
  }
}

const LINES_OF_BEAT = 100;
const LINE_LENGTH = 1000;

/** Beats in the time of a lease: two may be lost. */
const BEATS = 3;

/** Renews the lease of a job, and tells with it how far the job is. */
export class LeaseKeeper {
  private readonly lost = new AbortController();
  private progress: Progress | null = null;
  /** Those that the registry has not been told. */
  private lines: string[] = [];
  private recent: string[] = [];
  private publishing = false;
  private beating: Promise<void> | null = null;
  private readonly timer: NodeJS.Timeout;

  /** @param client tries once: the next beat is the next try */
  constructor(
    private readonly client: JobsClient,
    private readonly lease: Lease,
  ) {
    const period = (1000 * lease.leaseSeconds) / BEATS;
    this.timer = setInterval(() => void this.beat().catch(() => undefined), period);
  }

  /** Aborts with a LostJob. */
  get signal(): AbortSignal {
    return this.lost.signal;
  }

  report(progress: Progress): void {
    this.progress = progress;
  }

  log(text: string): void {
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    const short = lines.map((line) => line.slice(0, LINE_LENGTH));
    this.lines.push(...short);
    this.recent = [...this.recent, ...short].slice(-LINES_OF_BEAT);
  }

  /** The last lines. */
  get lastLines(): readonly string[] {
    return this.recent;
  }

  /** Tells the registry that the job is being published. From then on it cannot be cancelled. */
  async startPublishing(): Promise<void> {
    await this.beating?.catch(() => undefined);
    this.publishing = true;
    // Where the registry does not answer, the first request of the publication is fenced all the same.
    await this.beat().catch(() => undefined);
    this.signal.throwIfAborted();
  }

  /** Tells what is untold, and beats no more: after the end of a job, a beat would be refused. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.beating?.catch(() => undefined);
    if (this.lines.length > 0 && !this.signal.aborted) await this.beat().catch(() => undefined);
  }

  /** Notes that a request of this job was refused because of its token. */
  notice(error: unknown): void {
    if (!(error instanceof Refused)) return;
    if (["lease_lost", "unknown_job", "job_finished"].includes(error.code)) {
      this.lose(new LostJob(error.message, "lost"));
    }
  }

  private beat(): Promise<void> {
    this.beating ??= this.beatOnce().finally(() => (this.beating = null));
    return this.beating;
  }

  private async beatOnce(): Promise<void> {
    const log = this.lines.slice(0, LINES_OF_BEAT);
    const { progress, publishing } = this;
    const { id } = this.lease.job;
    try {
      const beat = { token: this.lease.token, progress, log, publishing };
      const { cancelled } = await this.client.heartbeat(id, beat);
      this.lines.splice(0, log.length);
      if (cancelled) this.lose(new LostJob(`job ${id} is cancelled`, "cancelled"));
    } catch (error) {
      this.notice(error);
      throw error;
    }
  }

  private lose(reason: LostJob): void {
    clearInterval(this.timer);
    if (!this.signal.aborted) this.lost.abort(reason);
  }
}
