import * as z from "zod";
import type { Job } from "../../shared/jobs/job.ts";
import { Board } from "../console/board.ts";
import { describeDuration } from "../console/duration.ts";
import type { Say } from "../console/say.ts";
import { describeProgress } from "./describe.ts";
import { hasEnded } from "./group.ts";

const batchSchema = z.object({ classesPerBatch: z.number(), imagesPerClass: z.number() });

/** About how long a job still trains, in seconds; null if nothing is known. */
function trainsFor({ state, progress, config }: Job): number | null {
  const { data: batch } = batchSchema.safeParse(config);
  if (state !== "running" || !batch || !progress?.imagesPerSecond) return null;
  if (progress.step === progress.steps) return null;
  const images = batch.classesPerBatch * batch.imagesPerClass;
  return ((progress.steps - progress.step) * images) / progress.imagesPerSecond;
}

/** Shows how far the jobs of a group are, a line for each, and how long all may take. */
export class GroupProgress {
  private readonly board: Board;
  /** When it was first shown. */
  private start: { ended: number; at: number } | null = null;

  /**
   * @param say prints a line if there is no terminal
   * @param label what a job is, for a person
   */
  constructor(
    say: Say,
    private readonly label: (job: Job) => string,
  ) {
    this.board = new Board(say);
  }

  show(jobs: readonly Job[]): void {
    const rows = jobs.map((job) => {
      const left = trainsFor(job);
      const text = [
        ...[job.id, job.state.padEnd(10), this.label(job)],
        ...(left === null ? [] : [`about ${describeDuration(left)} left`]),
        describeProgress(job.progress),
      ];
      const { id, state } = job;
      return { id, state, text: text.filter(Boolean).join("  "), ended: hasEnded(job) };
    });
    this.board.show(rows, this.summary(jobs));
  }

  private summary(jobs: readonly Job[]): string {
    const ended = jobs.filter(hasEnded).length;
    const working = jobs.filter(({ state }) => state === "running" || state === "publishing");
    this.start ??= { ended, at: performance.now() };
    const gained = ended - this.start.ended;
    const remaining = jobs.length - ended;
    const elapsed = (performance.now() - this.start.at) / 1000;
    return [
      `${ended} of ${jobs.length} jobs have ended, ${working.length} are at work`,
      ...(gained > 0 && remaining > 0
        ? [`about ${describeDuration((elapsed / gained) * remaining)} left`]
        : []),
    ].join(", ");
  }
}
