import { DurableObject } from "cloudflare:workers";
import type { Artifact, Job, Lease, Submission } from "../../../shared/jobs/job.ts";
import type {
  Claim,
  Completion,
  EventPage,
  Failure,
  Heartbeat,
  HeartbeatAnswer,
  JobFilter,
  JobRefusal,
  JobsRpc,
  Renewed,
  Submitted,
} from "../../protocol/jobs.ts";
import { deleteKeys } from "../bucket.ts";
import { readEnv } from "../env.ts";
import { deleteCheckpoints } from "./checkpoints.ts";
import { JobTable } from "./table.ts";

/** The one table of jobs. Each call is one transaction. workers/protocol/jobs.ts documents the methods. */
export class Jobs extends DurableObject<object> implements JobsRpc {
  private readonly table: JobTable;
  /** Work that has been asked for, each a transaction of its own. */
  private readonly waiting: (() => void)[] = [];

  constructor(ctx: DurableObjectState, bindings: object) {
    super(ctx, bindings);
    const { MODELS, LEASE_SECONDS } = readEnv(bindings);
    this.table = new JobTable(ctx.storage.sql, {
      leaseSeconds: LEASE_SECONDS,
      now: () => Date.now(),
      discard: (id) => ctx.waitUntil(deleteCheckpoints(MODELS, id)),
      remove: (keys) => ctx.waitUntil(deleteKeys(MODELS, keys)),
    });
  }

  submit(submission: Submission): Promise<Submitted> {
    return this.transact((table) => table.submit(submission));
  }

  list(filter: JobFilter): Promise<Job[]> {
    return this.transact((table) => table.list(filter));
  }

  get(id: string): Promise<Job | null> {
    return this.transact((table) => table.get(id));
  }

  events(id: string, after: number, limit: number): Promise<EventPage | null> {
    return this.transact((table) => table.events(id, after, limit));
  }

  cancel(id: string): Promise<Job | JobRefusal> {
    return this.transact((table) => table.cancel(id));
  }

  using(name: string, version: string): Promise<string[]> {
    return this.transact((table) => table.using(name, version));
  }

  claim(claim: Claim): Promise<Lease | null> {
    return this.transact((table) => table.claim(claim));
  }

  heartbeat(id: string, beat: Heartbeat): Promise<HeartbeatAnswer | JobRefusal> {
    return this.transact((table) => table.heartbeat(id, beat));
  }

  complete(id: string, completion: Completion): Promise<Job | JobRefusal> {
    return this.transact((table) => table.complete(id, completion));
  }

  fail(id: string, failure: Failure): Promise<Job | JobRefusal> {
    return this.transact((table) => table.fail(id, failure));
  }

  renew(id: string, token: number): Promise<Renewed | JobRefusal> {
    return this.transact((table) => table.renew(id, token));
  }

  noteCheckpoint(
    id: string,
    token: number,
    checkpoint: { key: string; step: number },
  ): Promise<{ former: string | null } | JobRefusal> {
    return this.transact((table) => table.noteCheckpoint(id, token, checkpoint));
  }

  noteArtifact(
    id: string,
    token: number,
    artifact: { name: Artifact; key: string },
  ): Promise<{ former: string | null } | JobRefusal> {
    return this.transact((table) => table.noteArtifact(id, token, artifact));
  }

  artifact(id: string, name: Artifact): Promise<{ key: string | null } | JobRefusal> {
    return this.transact((table) => table.artifact(id, name));
  }

  /** Does some work in the next turn. What it throws becomes a rejection. */
  private transact<T>(work: (table: JobTable) => T): Promise<T> {
    return new Promise((resolve) => {
      this.waiting.push(() => {
        const done = new Promise<T>((settle) => {
          settle(this.ctx.storage.transactionSync(() => work(this.table)));
        });
        resolve(done);
      });
      if (this.waiting.length === 1) setTimeout(() => this.turn());
    });
  }

  /** All that one turn writes is committed at once: workers that ask together wait for the disk once. */
  private turn(): void {
    for (const work of this.waiting.splice(0)) work();
  }
}
