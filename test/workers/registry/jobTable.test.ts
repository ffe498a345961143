import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Job,
  type JobState,
  MAX_ATTEMPTS,
  submissionSchema,
} from "../../../shared/jobs/job.ts";
import type { JobRefusal } from "../../../workers/protocol/jobs.ts";
import { JobTable } from "../../../workers/registry/jobs/table.ts";
import { DECISION, ERROR, requestOf } from "./jobs.ts";

const LEASE_SECONDS = 10;

type Backend = "cuda" | "webgpu" | "wasm";

/** A job as a careful reader of the rules would keep it. */
interface Known {
  backend: Backend | undefined;
  gpuBytes: number;
  state: JobState;
  attempts: number;
  token: number;
  expires: number;
  cancelling: boolean;
  checkpoint: string | null;
  step: number;
  report: string | null;
}

const FINISHED: JobState[] = ["done", "failed", "cancelled"];

/** The rules of jobs, by loops over a list. Answers are texts, to compare. */
class Model {
  readonly jobs: Known[] = [];
  /** Jobs whose checkpoints are deleted, by their numbers. */
  readonly discarded: number[] = [];
  now = 1_000_000;

  submit(backend: Backend | undefined, gpuBytes: number): void {
    const fresh = { state: "queued", attempts: 0, token: 0, expires: 0 } as const;
    this.jobs.push({
      backend,
      gpuBytes,
      ...fresh,
      cancelling: false,
      checkpoint: null,
      step: 0,
      report: null,
    });
  }

  /** What happens to ended leases when somebody asks for jobs. */
  look(): void {
    for (const job of this.jobs) {
      const ended = this.isLeased(job) && job.expires <= this.now;
      if (ended && job.cancelling) this.end(job, "cancelled");
      else if (ended && job.attempts === MAX_ATTEMPTS) this.end(job, "failed");
    }
  }

  claim(backend: Backend, gpuBytes: number): string {
    this.look();
    for (const [i, job] of this.jobs.entries()) {
      const free = job.state === "queued" || (this.isLeased(job) && job.expires <= this.now);
      const fits = job.backend === undefined || job.backend === backend;
      if (!free || !fits || job.gpuBytes > gpuBytes) continue;
      job.attempts += 1;
      job.token += 1;
      job.state = "running";
      this.extend(job);
      return `job ${i}, token ${job.token}`;
    }
    return "nothing";
  }

  cancel(job: Known): string {
    this.look();
    if (job.state === "cancelled") return "cancelled";
    if (job.state === "queued") return this.end(job, "cancelled");
    if (job.state !== "running") return "job_finished";
    if (job.expires <= this.now) return this.end(job, "cancelled");
    job.cancelling = true;
    return "running";
  }

  heartbeat(job: Known, token: number, publishing: boolean): string {
    if (job.state === "cancelled" && job.token === token) return "stop";
    if (!this.holds(job, token)) return "lease_lost";
    if (job.cancelling) {
      this.end(job, "cancelled");
      return "stop";
    }
    this.extend(job);
    if (publishing) job.state = "publishing";
    return "go on";
  }

  complete(job: Known, token: number): string {
    if (job.state === "done" && job.token === token) return "done";
    return this.holds(job, token) ? this.end(job, "done") : "lease_lost";
  }

  fail(job: Known, token: number, retry: boolean, stopped: boolean): string {
    if (!this.holds(job, token)) return "lease_lost";
    if (stopped) job.attempts -= 1;
    if (job.cancelling) return this.end(job, "cancelled");
    if (!retry || job.attempts === MAX_ATTEMPTS) return this.end(job, "failed");
    return (job.state = "queued");
  }

  checkpoint(job: Known, token: number, key: string, step: number): string {
    if (!this.holds(job, token)) return "lease_lost";
    if (step > job.step) job.attempts = 1;
    job.step = step;
    const former = String(job.checkpoint);
    job.checkpoint = key;
    this.extend(job);
    return former;
  }

  report(job: Known, token: number, key: string): string {
    if (!this.holds(job, token)) return "lease_lost";
    const former = String(job.report);
    job.report = key;
    this.extend(job);
    return former;
  }

  private isLeased({ state }: Known): boolean {
    return state === "running" || state === "publishing";
  }

  private holds(job: Known, token: number): boolean {
    return this.isLeased(job) && job.token === token;
  }

  private extend(job: Known): void {
    job.expires = this.now + LEASE_SECONDS * 1000;
  }

  private end(job: Known, state: JobState): string {
    this.discarded.push(this.jobs.indexOf(job));
    job.checkpoint = null;
    return (job.state = state);
  }
}

const backend = fc.constantFrom<Backend>("cuda", "webgpu", "wasm");
const bytes = fc.constantFrom(0, 8, 24);
const job = fc.nat({ max: 7 });
/** How many claims ago the token was of the job. */
const age = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.constantFrom(-1, 1, 2));

const stopped = fc.boolean();

const step = fc.oneof(
  fc.record({
    kind: fc.constant("submit"),
    backend: fc.option(backend, { nil: undefined }),
    bytes,
  }),
  fc.record({ kind: fc.constant("claim"), backend, bytes }),
  fc.record({ kind: fc.constant("claim"), backend, bytes }),
  fc.record({ kind: fc.constant("wait"), ms: fc.constantFrom(1, 4000, 9999, 10_000) }),
  fc.record({ kind: fc.constant("cancel"), job }),
  fc.record({ kind: fc.constant("heartbeat"), job, age, publishing: fc.boolean() }),
  fc.record({ kind: fc.constant("complete"), job, age }),
  fc.record({ kind: fc.constant("fail"), job, age, retry: fc.boolean(), stopped }),
  fc.record({ kind: fc.constant("checkpoint"), job, age }),
  fc.record({ kind: fc.constant("report"), job, age }),
  fc.record({ kind: fc.constant("look") }),
);

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** Runs steps on a table and on the model, and compares every answer. */
function runBoth(sql: SqlStorage, steps: Step[]): Set<JobState> {
  sql.exec(
    "DROP TABLE IF EXISTS jobs; DROP TABLE IF EXISTS events; DROP TABLE IF EXISTS artifacts; DROP TABLE IF EXISTS keys",
  );
  const model = new Model();
  const discarded: number[] = [];
  const table = new JobTable(sql, {
    leaseSeconds: LEASE_SECONDS,
    now: () => model.now,
    discard: (id) => discarded.push(ids.indexOf(id)),
    remove: () => undefined,
  });
  const ids: string[] = [];
  const stateOf = (answer: Job | JobRefusal): string =>
    "refused" in answer ? answer.refused : answer.state;

  const compare = () => {
    model.look();
    const states = ids.map((id) => {
      const found = table.get(id);
      return {
        ...{ state: found?.state, attempts: found?.attempts },
        hasCheckpoint: found?.checkpointStep !== null,
        artifacts: found?.artifacts,
      };
    });
    expect(states).toEqual(
      model.jobs.map(({ state, attempts, checkpoint, report }) => ({
        ...{ state, attempts, hasCheckpoint: checkpoint !== null },
        artifacts: report === null ? [] : ["report"],
      })),
    );
    expect(discarded.toSorted()).toEqual(model.discarded.toSorted());
  };

  const act = (it: Step, number: number): [string, string] => {
    switch (it.kind) {
      case "submit": {
        const { backend: wanted, bytes: gpuBytes } = it;
        const requirements = {
          ...(wanted && { backend: wanted }),
          ...(gpuBytes > 0 && { gpuBytes }),
        };
        const request = requestOf("0123456789abcdef", { requirements });
        ids.push(table.submit(submissionSchema.parse(request)).job.id);
        model.submit(wanted, gpuBytes);
        return ["", ""];
      }
      case "claim": {
        const { backend: has, bytes: gpuBytes } = it;
        const lease = table.claim({ worker: `worker ${number}`, backend: has, gpuBytes });
        const got = lease ? `job ${ids.indexOf(lease.job.id)}, token ${lease.token}` : "nothing";
        return [got, model.claim(has, gpuBytes)];
      }
      case "wait":
        model.now += it.ms;
        return ["", ""];
      case "look":
        compare();
        return ["", ""];
      default:
    }
    const known = model.jobs[it.job];
    if (!known) return ["", ""];
    const id = ids[it.job];
    if (it.kind === "cancel") return [stateOf(table.cancel(id)), model.cancel(known)];
    const token = known.token - it.age;
    switch (it.kind) {
      case "heartbeat": {
        const { publishing } = it;
        const answer = table.heartbeat(id, { token, progress: null, log: [], publishing });
        const told = "refused" in answer ? answer.refused : answer.cancelled ? "stop" : "go on";
        return [told, model.heartbeat(known, token, publishing)];
      }
      case "complete": {
        const answer = table.complete(id, { token, decision: DECISION });
        return [stateOf(answer), model.complete(known, token)];
      }
      case "fail": {
        const { retry, stopped: isStop } = it;
        const answer = table.fail(id, { token, error: ERROR, retry, stopped: isStop });
        return [stateOf(answer), model.fail(known, token, retry, isStop)];
      }
      case "checkpoint": {
        const key = `key ${number}`;
        const at = number % 5;
        const answer = table.noteCheckpoint(id, token, { key, step: at });
        const told = "refused" in answer ? answer.refused : String(answer.former);
        return [told, model.checkpoint(known, token, key, at)];
      }
      case "report": {
        const key = `key ${number}`;
        const answer = table.noteArtifact(id, token, { name: "report", key });
        const told = "refused" in answer ? answer.refused : String(answer.former);
        return [told, model.report(known, token, key)];
      }
    }
  };

  for (const [number, it] of steps.entries()) {
    const [actual, expected] = act(it, number);
    expect(`${it.kind}: ${actual}`).toBe(`${it.kind}: ${expected}`);
  }
  compare();
  return new Set(model.jobs.map(({ state }) => state));
}

const UNUSED = { discard: () => undefined, remove: () => undefined };

/** Inserts jobs that are finished, each with an event and a report. */
const insertFinished = (sql: SqlStorage, count: number) => {
  sql.exec(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
      INSERT INTO jobs (id, request, gpu_bytes, dataset, version, state, attempts, token, cancelling, log, events,
        created, updated)
      SELECT printf('%012x', i), ?, 0, 'tiny', '0123456789abcdef',
        CASE i % 3 WHEN 0 THEN 'done' WHEN 1 THEN 'failed' ELSE 'cancelled' END, 1, 1, 0, '[]', 1, 0, 0 FROM n`,
    ...[count, JSON.stringify(requestOf("0123456789abcdef"))],
  );
  sql.exec(
    `INSERT INTO events SELECT seq, 1, 0, 'log', '["end"]' FROM jobs WHERE state <> 'queued'`,
  );
  sql.exec(`INSERT INTO artifacts SELECT seq, 'report', id FROM jobs WHERE state <> 'queued'`);
  sql.exec(`INSERT INTO keys SELECT id, seq FROM jobs WHERE state <> 'queued'`);
};

describe("the table of jobs", () => {
  it("does what naive rules say, whatever happens in which order", async () => {
    const object = env.JOBS.get(env.JOBS.idFromName("a table of its own"));
    await runInDurableObject(object, (_, { storage: { sql } }) => {
      const reached = new Set<JobState>();
      fc.assert(
        fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
          for (const state of runBoth(sql, steps)) reached.add(state);
        }),
        { numRuns: 300 },
      );
      // Otherwise the steps would not say much.
      for (const state of FINISHED) expect(reached).toContain(state);
    });
  });

  it("keeps 10,000 finished jobs, 1,000 of them with events, and all others", async () => {
    const object = env.JOBS.get(env.JOBS.idFromName("a long one"));
    await runInDurableObject(object, (_, { storage: { sql } }) => {
      const removed: string[] = [];
      const remove = (keys: string[]) => removed.push(...keys);
      const options = { leaseSeconds: LEASE_SECONDS, now: () => 0, ...UNUSED, remove };
      const table = new JobTable(sql, options);
      const request = submissionSchema.parse(requestOf("0123456789abcdef"));
      const waiting = table.submit(request).job;
      insertFinished(sql, 10_150);
      const has = (i: number) => table.get(i.toString(16).padStart(12, "0")) !== null;
      // The next submission of a number that is a multiple of 100.
      for (let number = 10_152; number < 10_200; number++) table.submit(request);
      expect(has(1)).toBe(true);
      table.submit(request);
      expect([has(150), has(151), has(10_150)]).toEqual([false, true, true]);
      // What they had in R2 goes with them.
      expect(removed).toHaveLength(150);
      expect(removed).toContain((150).toString(16).padStart(12, "0"));
      expect(sql.exec("SELECT * FROM artifacts").toArray()).toHaveLength(10_000);
      expect(sql.exec("SELECT * FROM keys").toArray()).toHaveLength(10_000);
      expect(table.get(waiting.id)?.state).toBe("queued");
      expect(table.events(waiting.id, 0, 10)?.events).toHaveLength(1);
      const eventsOf = (i: number) => table.events(i.toString(16).padStart(12, "0"), 0, 10);
      // Whoever follows such a job comes to its end all the same.
      expect(eventsOf(9150)).toEqual({ events: [], finished: true });
      expect(eventsOf(9151)?.events).toHaveLength(1);
    });
  });

  it("keeps the last 5,000 events of a job", async () => {
    const object = env.JOBS.get(env.JOBS.idFromName("another of its own"));
    await runInDurableObject(object, (_, { storage: { sql } }) => {
      const options = { leaseSeconds: LEASE_SECONDS, now: () => 0, ...UNUSED };
      const table = new JobTable(sql, options);
      const request = submissionSchema.parse(requestOf("0123456789abcdef"));
      const [first, second] = [table.submit(request).job, table.submit(request).job];
      table.claim({ worker: "gpu-1", backend: "cuda", gpuBytes: 0 });
      // Two events are of its states.
      for (let i = 3; i <= 5010; i++) {
        table.heartbeat(first.id, { token: 1, progress: null, log: [`${i}`], publishing: false });
      }
      const page = table.events(first.id, 0, 6000);
      expect(page?.events.map(({ seq, data }) => [seq, data])).toEqual(
        Array.from({ length: 5000 }, (_unused, i) => [i + 11, [`${i + 11}`]]),
      );
      expect(table.events(second.id, 0, 10)?.events).toHaveLength(1);
    });
  });
});
