import { beforeEach, describe, expect, it } from "vitest";
import type { Job } from "../../../shared/jobs/job.ts";
import { JobGroup } from "../../../trainer/jobs/group.ts";
import { RegistryOfJobs } from "./registryOfJobs.ts";

const DIVERGED = "DIVERGED at step 3: the losses are no longer finite.";

const request = (steps: number) => ({
  ...{ dataset: { name: "birds", version: "0123456789abcdef" }, model: "birds" },
  ...{ config: { steps }, promote: "never" as const, channel: "stable", requirements: {} },
});

let registry: RegistryOfJobs;
let group: JobGroup;
beforeEach(() => {
  registry = new RegistryOfJobs();
  group = new JobGroup(registry, "g");
});

const stepsOf = (jobs: Job[]) => jobs.map(({ config }) => Number(config.steps));

describe("a group of jobs", () => {
  it("submits what is not there, in order, and what has come to nothing but did not diverge", async () => {
    const first = await group.submit([request(1), request(2), request(3), request(4)]);
    expect(first.added).toBe(4);
    expect(stepsOf(await group.jobs())).toEqual([1, 2, 3, 4]);
    await new JobGroup(registry, "another").submit([request(1)]);
    const [done, failed, cancelled, diverged] = first.jobs;
    registry.end(done, "done");
    registry.end(failed, "failed", "the disk is full");
    registry.end(cancelled, "cancelled");
    registry.end(diverged, "failed", DIVERGED);
    const wanted = [request(5), request(4), request(3), request(2), request(1)];
    const second = await group.submit(wanted);
    expect(second.added).toBe(3);
    expect(stepsOf(second.jobs)).toEqual([5, 4, 3, 2, 1]);
    expect(second.jobs[1].id).toBe(diverged.id);
    expect(second.jobs[4].id).toBe(done.id);
    expect((await group.submit(wanted)).added).toBe(0);
    // Of those that were submitted again, the last counts.
    const now = await group.jobs();
    expect(stepsOf(now).toSorted()).toEqual([1, 2, 3, 4, 5]);
    expect(now.map(({ id }) => id).toSorted()).toEqual(second.jobs.map(({ id }) => id).toSorted());
  });

  it("is followed until those that are meant have ended", async () => {
    const { jobs } = await group.submit([request(1), request(2)]);
    registry.end(jobs[0], "failed", "the disk is full");
    const { signal } = new AbortController();
    const seen: string[][] = [];
    for await (const it of group.follow(signal, ({ id }) => id === jobs[0].id)) {
      seen.push(it.map(({ state }) => state));
    }
    expect(seen).toEqual([["failed"]]);
    for await (const it of group.follow(signal)) {
      seen.push(it.map(({ state }) => state));
      registry.end(jobs[1], "done");
    }
    expect(seen.slice(1)).toEqual([
      ["failed", "queued"],
      ["failed", "done"],
    ]);
  });

  it("is followed no longer when that is stopped", async () => {
    await group.submit([request(1)]);
    const stop = new AbortController();
    const follow = async () => {
      for await (const jobs of group.follow(stop.signal)) {
        expect(jobs).toHaveLength(1);
        stop.abort();
      }
    };
    await expect(follow()).rejects.toThrow();
  });
});
