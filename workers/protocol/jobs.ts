import type * as z from "zod";
import type {
  Artifact,
  claimSchema,
  completeSchema,
  failSchema,
  heartbeatAnswerSchema,
  heartbeatSchema,
  Job,
  JobEvent,
  JobState,
  Lease,
  Submission,
} from "../../shared/jobs/job.ts";

/** What the table of jobs, a Durable Object of the registry, does for its routes. */

export type Claim = z.output<typeof claimSchema>;
export type Heartbeat = z.output<typeof heartbeatSchema>;
export type HeartbeatAnswer = z.output<typeof heartbeatAnswerSchema>;
export type Completion = z.output<typeof completeSchema>;
export type Failure = z.output<typeof failSchema>;

/** Why a request is refused. It is returned, because an error loses its type on its way. */
export interface JobRefusal {
  refused: "unknown_job" | "lease_lost" | "job_finished";
  message: string;
}

export interface JobFilter {
  state: JobState | null;
  group: string | null;
  /** The job before the first. */
  after: string | null;
  limit: number;
}

export interface EventPage {
  events: JobEvent[];
  /** Whether these are the last that the job will ever have. */
  finished: boolean;
}

export interface Submitted {
  job: Job;
  /** Whether it was queued now. */
  isNew: boolean;
}

export interface Renewed {
  job: Job;
  checkpoint: string | null;
}

export interface JobsRpc {
  /** Queues a job, unless there is one of its key. */
  submit(submission: Submission): Promise<Submitted>;
  /** Newest first. */
  list(filter: JobFilter): Promise<Job[]>;
  get(id: string): Promise<Job | null>;
  /** @param after number of the event before the first */
  events(id: string, after: number, limit: number): Promise<EventPage | null>;
  cancel(id: string): Promise<Job | JobRefusal>;
  /** Some of the jobs that need a version of a data set and are not finished. */
  using(name: string, version: string): Promise<string[]>;

  /** Leases the oldest job that the worker can do; null if there is none. */
  claim(claim: Claim): Promise<Lease | null>;
  heartbeat(id: string, beat: Heartbeat): Promise<HeartbeatAnswer | JobRefusal>;
  complete(id: string, completion: Completion): Promise<Job | JobRefusal>;
  fail(id: string, failure: Failure): Promise<Job | JobRefusal>;

  /** Renews a lease. @returns its job, and the key of the job's checkpoint */
  renew(id: string, token: number): Promise<Renewed | JobRefusal>;
  /** Notes a checkpoint and forgets the one before. @returns the key of that */
  noteCheckpoint(
    id: string,
    token: number,
    checkpoint: { key: string; step: number },
  ): Promise<{ former: string | null } | JobRefusal>;
  /** Notes an artifact and forgets the one before. @returns the key of that */
  noteArtifact(
    id: string,
    token: number,
    artifact: { name: Artifact; key: string },
  ): Promise<{ former: string | null } | JobRefusal>;
  /** The key of an artifact; null if the job has none. */
  artifact(id: string, name: Artifact): Promise<{ key: string | null } | JobRefusal>;
}
