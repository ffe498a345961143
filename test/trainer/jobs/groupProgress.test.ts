import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Job } from "../../../shared/jobs/job.ts";
import { GroupProgress } from "../../../trainer/jobs/groupProgress.ts";

beforeEach(() => vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => vi.useRealTimers());

const job = (id: string, state: Job["state"], step: number | null = null): Job => ({
  ...{ id, state, dataset: { name: "birds", version: "0123456789abcdef" }, model: "birds" },
  ...{ config: { classesPerBatch: 16, imagesPerClass: 4 }, promote: "never", channel: "stable" },
  ...{ requirements: {}, group: "g", attempts: 0, worker: null, checkpointStep: null },
  ...{ created: "2026-01-01T00:00:00Z", updated: "2026-01-01T00:00:00Z", artifacts: [] },
  ...{ decision: null, error: null },
  progress:
    step === null ? null : { step, steps: 100, loss: 0.5, recall: 0.25, imagesPerSecond: 64 },
});

describe("the progress of a group, without a terminal", () => {
  it("is a line for each change of a state, and now and then one for all", () => {
    const said: string[] = [];
    const progress = new GroupProgress(
      (line) => said.push(line),
      ({ id }) => `job ${id}`,
    );
    const show = (...jobs: Job[]) => {
      said.length = 0;
      progress.show(jobs);
      return [...said];
    };
    expect(show(job("a", "queued"), job("b", "queued"))).toEqual([
      "a  queued      job a",
      "b  queued      job b",
    ]);
    expect(show(job("a", "running"), job("b", "queued"))).toEqual(["a  running     job a"]);
    expect(show(job("a", "running", 40), job("b", "queued"))).toEqual([]);
    vi.advanceTimersByTime(40_000);
    // 60 steps of 64 images at 64 images a second.
    expect(show(job("a", "running", 40), job("b", "running", 40))).toEqual([
      "b  running     job b  about 60 s left  step 40 of 100  loss 0.500  held-out R@1 25.0 %  64 images/s",
      "0 of 2 jobs have ended, 2 are at work",
    ]);
    vi.advanceTimersByTime(40_000);
    expect(show(job("a", "done", 100), job("b", "running", 100))).toEqual([
      "a  done        job a  step 100 of 100  loss 0.500  held-out R@1 25.0 %  64 images/s",
      "1 of 2 jobs have ended, 1 are at work, about 80 s left",
    ]);
    vi.advanceTimersByTime(40_000);
    expect(show(job("a", "done", 100), job("b", "failed")).at(-1)).toBe(
      "2 of 2 jobs have ended, 0 are at work",
    );
  });
});
