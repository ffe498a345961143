import type { Progress } from "../../shared/jobs/job.ts";

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** How far a job is, in words; nothing before its first step. */
export function describeProgress(progress: Progress | null): string {
  if (!progress) return "";
  const { step, steps, loss, recall, imagesPerSecond } = progress;
  return [
    `step ${step} of ${steps}`,
    ...(loss === null ? [] : [`loss ${loss.toFixed(3)}`]),
    ...(recall === null ? [] : [`held-out R@1 ${percent(recall)}`]),
    ...(imagesPerSecond === null ? [] : [`${imagesPerSecond.toFixed(0)} images/s`]),
  ].join("  ");
}
