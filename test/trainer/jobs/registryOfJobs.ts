import type { Artifact, Job, JobRequest } from "../../../shared/jobs/job.ts";
import type { JobMeasures } from "../../../trainer/paper/measuredRun.ts";

/** The jobs of a registry, as its clients see them, for tests that decide what becomes of each. */
export class RegistryOfJobs {
  /** The newest first. */
  readonly all: Job[] = [];
  readonly measures = new Map<string, JobMeasures>();

  group(name: string): Promise<Job[]> {
    return Promise.resolve(this.all.filter(({ group }) => group === name));
  }

  submit(request: JobRequest): Promise<Job> {
    const job: Job = {
      ...request,
      ...{ id: this.all.length.toString(16).padStart(12, "0"), state: "queued", attempts: 0 },
      ...{ created: "2026-01-01T00:00:00Z", updated: "2026-01-01T00:00:00Z", worker: null },
      ...{ progress: null, checkpointStep: null, artifacts: [], decision: null, error: null },
    };
    this.all.unshift(job);
    return Promise.resolve(job);
  }

  artifact(id: string, name: Artifact): Promise<Uint8Array | null> {
    const measures = name === "measures" ? this.measures.get(id) : undefined;
    return Promise.resolve(measures ? new TextEncoder().encode(JSON.stringify(measures)) : null);
  }

  /** Ends a job. @param message why it has failed */
  end({ id }: Job, state: Job["state"], message: string | null = null): void {
    const at = this.all.findIndex((job) => job.id === id);
    const error = message === null ? null : { message, log: [] };
    this.all[at] = { ...this.all[at], state, error };
  }
}
