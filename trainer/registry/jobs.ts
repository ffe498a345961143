import { createHash } from "node:crypto";
import * as z from "zod";
import {
  type Artifact,
  type claimSchema,
  type completeSchema,
  type failSchema,
  heartbeatAnswerSchema,
  type heartbeatSchema,
  type Job,
  jobEventSchema,
  type JobRequest,
  jobSchema,
  type Lease,
  leaseSchema,
  type Submission,
} from "../../shared/jobs/job.ts";
import { type Access, ask, type Question, Refused } from "./ask.ts";
import { Passing } from "./patience.ts";
import { UnfitRun } from "../runs/unfitRun.ts";

/** More than a registry takes. */
const MOST_CHECKPOINT_BYTES = 600_000_000;
const MOST_ARTIFACT_BYTES = 20_000_000;

const digestOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** Makes a handler that takes a refusal for the answer that there is nothing. */
const nullIf =
  (code: string) =>
  (error: unknown): null => {
    if (error instanceof Refused && error.code === code) return null;
    throw error;
  };

const listSchema = z.object({ jobs: z.array(jobSchema), next: z.string().nullable() });
const pageSchema = z.object({ events: z.array(jobEventSchema), finished: z.boolean() });

/** The jobs of a registry, over its HTTP API. @throws Refused, Unanswered */
export class JobsClient {
  constructor(private readonly access: Access) {}

  /** @returns the job of the key if there is one that has neither failed nor been cancelled */
  submit(request: JobRequest, key: Submission["key"] = null): Promise<Job> {
    const submission: Submission = { ...request, key };
    return this.read("/jobs", jobSchema, { method: "POST", json: submission });
  }

  /** The newest jobs. */
  async list(): Promise<Job[]> {
    return (await this.read("/jobs", listSchema)).jobs;
  }

  /** All jobs of a group, the newest first. */
  async group(name: string): Promise<Job[]> {
    const found: Job[] = [];
    for (let after: string | null = null; ;) {
      const query = new URLSearchParams({ group: name, ...(after !== null && { after }) });
      const { jobs, next }: z.infer<typeof listSchema> = await this.read(
        `/jobs?${query.toString()}`,
        listSchema,
      );
      found.push(...jobs);
      if (next === null) return found;
      after = next;
    }
  }

  show(id: string): Promise<Job> {
    return this.read(`/jobs/${id}`, jobSchema);
  }

  cancel(id: string): Promise<Job> {
    return this.read(`/jobs/${id}`, jobSchema, { method: "DELETE" });
  }

  /** @param after number of the event before the first */
  events(id: string, after: number): Promise<z.infer<typeof pageSchema>> {
    return this.read(`/jobs/${id}/events?after=${after}`, pageSchema);
  }

  /** @returns null if there is no job for this worker */
  claim(claim: z.output<typeof claimSchema>): Promise<Lease | null> {
    const question = { method: "POST", json: claim } as const;
    return ask(this.access, "/jobs/claim", question, async (answer) =>
      answer.status === 204 ? null : answer.json(leaseSchema),
    );
  }

  heartbeat(
    id: string,
    beat: z.output<typeof heartbeatSchema>,
  ): Promise<z.infer<typeof heartbeatAnswerSchema>> {
    const question = { method: "POST", json: beat } as const;
    return this.read(`/jobs/${id}/heartbeat`, heartbeatAnswerSchema, question);
  }

  complete(id: string, completion: z.output<typeof completeSchema>): Promise<Job> {
    return this.read(`/jobs/${id}/complete`, jobSchema, { method: "POST", json: completion });
  }

  fail(id: string, failure: z.output<typeof failSchema>): Promise<Job> {
    return this.read(`/jobs/${id}/fail`, jobSchema, { method: "POST", json: failure });
  }

  /**
   * @returns null if there is none, or no longer
   * @throws UnfitRun if what the registry has is not what was sent
   */
  checkpoint(id: string, token: number): Promise<Uint8Array | null> {
    const path = `/jobs/${id}/checkpoint?token=${token}`;
    return ask(this.access, path, {}, async (answer) => {
      const bytes = await answer.bytes(MOST_CHECKPOINT_BYTES);
      const stated = answer.header("x-sha256");
      if (stated === null) throw answer.strange("it states no SHA-256");
      if (digestOf(bytes) === stated) return bytes;
      // A connection that ends early has no other sign where the length is not stated.
      const length = answer.header("content-length");
      const problem = `the checkpoint of job ${id} has ${bytes.length} bytes with another SHA-256 than the ${stated} that the registry states`;
      if (length !== String(bytes.length)) throw new Passing(problem);
      throw new UnfitRun(problem, "it is damaged there: submit the job again");
    }).catch(nullIf("no_checkpoint"));
  }

  async putCheckpoint(
    id: string,
    { token, step }: { token: number; step: number },
    body: Uint8Array<ArrayBuffer>,
  ): Promise<void> {
    const path = `/jobs/${id}/checkpoint?token=${token}&step=${step}&sha256=${digestOf(body)}`;
    await ask(this.access, path, { method: "PUT", body }, (answer) => answer.text());
  }

  /** @returns null if the job has none */
  artifact(id: string, name: Artifact): Promise<Uint8Array | null> {
    return ask(this.access, `/jobs/${id}/${name}`, {}, (answer) =>
      answer.bytes(MOST_ARTIFACT_BYTES),
    ).catch(nullIf("no_artifact"));
  }

  async putArtifact(
    id: string,
    { token, name }: { token: number; name: Artifact },
    body: Uint8Array<ArrayBuffer>,
  ): Promise<void> {
    const path = `/jobs/${id}/${name}?token=${token}`;
    await ask(this.access, path, { method: "PUT", body }, (answer) => answer.text());
  }

  private read<T>(path: string, schema: z.ZodType<T>, question: Question = {}): Promise<T> {
    return ask(this.access, path, question, (answer) => answer.json(schema));
  }
}
