import type { DatasetIndex } from "../../shared/dataset/dataset.ts";
import type { Submission } from "../../shared/jobs/job.ts";
import type { Submitted } from "./jobs.ts";

/** What a data set, a Durable Object of the registry, does for its routes: whatever must not happen at the same time. */
export interface DatasetRpc {
  /**
   * Makes an index visible as a version, and this the latest.
   *
   * @returns "missing" if its entries or some of its shards are not there
   */
  commit(version: string, index: DatasetIndex): Promise<"new" | "known" | "missing">;
  /**
   * Deletes a version, with the shards that no other needs.
   *
   * @returns some of the jobs that need it, if there are any
   */
  remove(name: string, version: string): Promise<"removed" | "unknown" | { usedBy: string[] }>;
  /** Queues a job; null if the version that it names is not there. */
  submit(submission: Submission): Promise<Submitted | null>;
}
