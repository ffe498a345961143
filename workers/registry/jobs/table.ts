import * as z from "zod";
import {
  type Artifact,
  type Job,
  type jobErrorSchema,
  type JobEvent,
  type JobState,
  type Lease,
  MAX_ATTEMPTS,
  type Submission,
} from "../../../shared/jobs/job.ts";
import type {
  Claim,
  Completion,
  EventPage,
  Failure,
  Heartbeat,
  HeartbeatAnswer,
  JobFilter,
  JobRefusal,
  Renewed,
  Submitted,
} from "../../protocol/jobs.ts";
import { artifactOf, putArtifact } from "./artifacts.ts";
import { addEvent, readEvents } from "./events.ts";
import { attemptEnded, disappeared } from "./lines.ts";
import { jobOfKey, putKey } from "./keys.ts";
import { prune, PRUNED_EVERY } from "./prune.ts";
import { leaseLost, tooLate, unknownJob } from "./refusals.ts";
import {
  COLUMNS,
  isFinished,
  isLeased,
  JOB_COLUMNS,
  jobOf,
  type JobRow,
  type Row,
  saveRow,
  timeOf,
} from "./row.ts";
import { createTables, UNFINISHED } from "./tables.ts";

/** How many of its last lines a job keeps, for the error if its worker disappears. */
const KEPT_LINES = 100;

/** Jobs that a refusal names. */
const NAMED = 5;

const linesSchema = z.array(z.string());

const newId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(6)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");

export interface TableOptions {
  leaseSeconds: number;
  /** The time, in milliseconds. */
  now: () => number;
  /** Deletes the checkpoints of a job that is finished. */
  discard: (id: string) => void;
  /** Deletes objects of jobs that are no longer kept. */
  remove: (keys: string[]) => void;
}

/**
 * The jobs and their states. A claim leases a job for some seconds; a worker that does not renew its lease loses the
 * job to the next that asks. Every change by a worker carries the token of its lease, and fails once a later claim has
 * another. workers/protocol/jobs.ts documents the methods.
 *
 * A lease that has ended is noticed when somebody asks for jobs, not before.
 */
export class JobTable {
  constructor(
    private readonly sql: SqlStorage,
    private readonly options: TableOptions,
  ) {
    createTables(sql);
  }

  submit({ key, ...request }: Submission): Submitted {
    if (key !== null) this.sweep();
    const known = key === null ? null : jobOfKey(this.sql, key);
    if (known !== null) return { job: this.job(known), isNew: false };
    const { dataset, requirements, group } = request;
    const id = newId();
    const now = this.options.now();
    this.sql.exec(
      `INSERT INTO jobs
        (id, request, "group", backend, gpu_bytes, dataset, version,
          state, attempts, token, cancelling, log, events, created, updated)
        VALUES (?, ?, ?, ?, ?, ?, ?, 'queued', 0, 0, 0, '[]', 0, ?, ?)`,
      ...[id, JSON.stringify(request), group, requirements.backend ?? null],
      ...[requirements.gpuBytes ?? 0, dataset.name, dataset.version, now, now],
    );
    const row = this.sql.exec<Row>(`SELECT ${COLUMNS} FROM jobs WHERE id = ?`, id).one();
    this.become(row, "queued");
    this.save(row);
    if (key !== null) putKey(this.sql, row.seq, key);
    if (row.seq % PRUNED_EVERY === 0) this.options.remove(prune(this.sql));
    return { job: this.job(id), isNew: true };
  }

  list({ state, group, after, limit }: JobFilter): Job[] {
    this.sweep();
    const before = after === null ? null : (this.row(after)?.seq ?? 0);
    // SQLite uses the index only where a group is demanded.
    const ofGroup = group === null ? "?2 IS NULL" : '"group" = ?2';
    const rows = this.sql.exec<JobRow>(
      `SELECT ${JOB_COLUMNS} FROM jobs WHERE (?1 IS NULL OR state = ?1) AND ${ofGroup}
        AND (?3 IS NULL OR seq < ?3) ORDER BY seq DESC LIMIT ?4`,
      ...[state, group, before, limit],
    );
    return Array.from(rows, jobOf);
  }

  get(id: string): Job | null {
    this.sweep();
    return this.row(id) ? this.job(id) : null;
  }

  events(id: string, after: number, limit: number): EventPage | null {
    this.sweep();
    const row = this.row(id);
    if (!row) return null;
    const events = readEvents(this.sql, row.seq, after, limit);
    // Events may have been pruned.
    return { events, finished: isFinished(row) && events.length < limit };
  }

  using(name: string, version: string): string[] {
    this.sweep();
    const rows = this.sql.exec<{ id: string }>(
      `SELECT id FROM jobs WHERE ${UNFINISHED} AND dataset = ? AND version = ? LIMIT ${NAMED}`,
      ...[name, version],
    );
    return Array.from(rows, ({ id }) => id);
  }

  cancel(id: string): Job | JobRefusal {
    this.sweep();
    const row = this.row(id);
    if (!row) return unknownJob(id);
    if (row.state === "queued" || (row.state === "running" && this.hasExpired(row))) {
      this.finish(row, "cancelled");
    } else if (row.state === "running") row.cancelling = 1;
    else if (row.state !== "cancelled") return tooLate(row);
    this.save(row);
    return this.job(id);
  }

  claim({ worker, backend, gpuBytes }: Claim): Lease | null {
    this.sweep();
    const [row] = this.sql.exec<Row>(
      `SELECT ${COLUMNS} FROM jobs WHERE ${UNFINISHED} AND (state = 'queued' OR expires <= ?)
        AND (backend IS NULL OR backend = ?) AND gpu_bytes <= ? ORDER BY seq LIMIT 1`,
      ...[this.now, backend, gpuBytes],
    );
    if (!row) return null;
    if (isLeased(row)) this.tell(row, disappeared(row, this.options.leaseSeconds));
    row.attempts += 1;
    row.token += 1;
    row.worker = worker;
    row.log = "[]";
    const expires = this.extend(row);
    this.become(row, "running");
    this.save(row);
    const { leaseSeconds } = this.options;
    return { job: this.job(row.id), token: row.token, expires, leaseSeconds };
  }

  heartbeat(id: string, beat: Heartbeat): HeartbeatAnswer | JobRefusal {
    const row = this.row(id);
    const stop = { expires: timeOf(this.now), cancelled: true };
    // The answer that said so may have been lost.
    if (row?.state === "cancelled" && row.token === beat.token) return stop;
    const held = this.held(id, row, beat.token);
    if ("refused" in held) return held;
    this.append(held, beat);
    if (held.cancelling) {
      this.finish(held, "cancelled");
      this.save(held);
      return stop;
    }
    const expires = this.extend(held);
    if (beat.publishing && held.state === "running") this.become(held, "publishing");
    this.save(held);
    return { expires, cancelled: false };
  }

  complete(id: string, { token, decision }: Completion): Job | JobRefusal {
    const row = this.row(id);
    // The answer that said so may have been lost.
    if (row?.state === "done" && row.token === token) return this.job(id);
    const held = this.held(id, row, token);
    if ("refused" in held) return held;
    const text = JSON.stringify(decision);
    this.sql.exec("UPDATE jobs SET decision = ?, error = NULL WHERE id = ?", text, id);
    this.finish(held, "done");
    this.save(held);
    return this.job(id);
  }

  fail(id: string, { token, error, retry, stopped }: Failure): Job | JobRefusal {
    const held = this.held(id, this.row(id), token);
    if ("refused" in held) return held;
    this.setError(id, error);
    const ended = attemptEnded(held, error.message);
    if (stopped) held.attempts -= 1;
    if (held.cancelling) this.finish(held, "cancelled");
    else if (retry && held.attempts < MAX_ATTEMPTS) {
      this.tell(held, ended);
      held.expires = null;
      this.become(held, "queued");
    } else this.finish(held, "failed");
    this.save(held);
    return this.job(id);
  }

  renew(id: string, token: number): Renewed | JobRefusal {
    const held = this.held(id, this.row(id), token);
    if ("refused" in held) return held;
    this.extend(held);
    this.save(held);
    return { job: this.job(id), checkpoint: held.checkpoint };
  }

  noteCheckpoint(
    id: string,
    token: number,
    { key, step }: { key: string; step: number },
  ): { former: string | null } | JobRefusal {
    const held = this.held(id, this.row(id), token);
    if ("refused" in held) return held;
    const former = held.checkpoint;
    held.checkpoint = key;
    // A job that goes on does not fail, however often its machines are taken away.
    if (step > (held.step ?? 0)) held.attempts = 1;
    held.step = step;
    this.extend(held);
    this.note(held, "checkpoint", step);
    this.save(held);
    return { former };
  }

  noteArtifact(
    id: string,
    token: number,
    artifact: { name: Artifact; key: string },
  ): { former: string | null } | JobRefusal {
    const held = this.held(id, this.row(id), token);
    if ("refused" in held) return held;
    const former = artifactOf(this.sql, held.seq, artifact.name);
    putArtifact(this.sql, held.seq, artifact);
    this.extend(held);
    this.save(held);
    return { former };
  }

  artifact(id: string, name: Artifact): { key: string | null } | JobRefusal {
    const row = this.row(id);
    return row ? { key: artifactOf(this.sql, row.seq, name) } : unknownJob(id);
  }

  private get now(): number {
    return this.options.now();
  }

  private row(id: string): Row | undefined {
    return this.sql.exec<Row>(`SELECT ${COLUMNS} FROM jobs WHERE id = ?`, id).toArray()[0];
  }

  private job(id: string): Job {
    return jobOf(this.sql.exec<JobRow>(`SELECT ${JOB_COLUMNS} FROM jobs WHERE id = ?`, id).one());
  }

  private hasExpired({ expires }: Row): boolean {
    return expires !== null && expires <= this.now;
  }

  /** The job if its lease has a token. A lease that has ended is held until another has the job. */
  private held(id: string, row: Row | undefined, token: number): Row | JobRefusal {
    if (!row) return unknownJob(id);
    if (isLeased(row) && row.token === token) return row;
    return leaseLost(row, token);
  }

  /** @returns the new end of the lease */
  private extend(row: Row): string {
    row.expires = this.now + 1000 * this.options.leaseSeconds;
    return timeOf(row.expires);
  }

  private append(row: Row, { progress, log }: Heartbeat): void {
    if (log.length > 0) {
      const lines = [...linesSchema.parse(JSON.parse(row.log)), ...log].slice(-KEPT_LINES);
      row.log = JSON.stringify(lines);
      this.note(row, "log", log);
    }
    const text = JSON.stringify(progress);
    if (progress && text !== row.progress) {
      row.progress = text;
      this.note(row, "progress", progress);
    }
  }

  private become(row: Row, state: JobState): void {
    row.state = state;
    this.note(row, "state", state);
  }

  private finish(row: Row, state: JobState): void {
    this.options.discard(row.id);
    [row.expires, row.checkpoint, row.step] = [null, null, null];
    this.become(row, state);
  }

  /** Adds an event. */
  private note(row: Row, kind: JobEvent["kind"], data: JobEvent["data"]): void {
    row.events += 1;
    addEvent(this.sql, row.seq, { seq: row.events, at: this.now, kind, data });
  }

  private setError(id: string, error: z.infer<typeof jobErrorSchema>): void {
    this.sql.exec("UPDATE jobs SET error = ? WHERE id = ?", JSON.stringify(error), id);
  }

  /** Adds a line to the log of a job, beside those of its worker. */
  private tell(row: Row, line: string): void {
    this.note(row, "log", [line]);
  }

  /** Writes what has changed of a row. */
  private save(row: Row): void {
    saveRow(this.sql, row, this.now);
  }

  /** Ends jobs whose lease has ended and that nobody will claim again. */
  private sweep(): void {
    const rows = this.sql.exec<Row>(
      `SELECT ${COLUMNS} FROM jobs WHERE expires <= ? AND (cancelling = 1 OR attempts >= ?)`,
      ...[this.now, MAX_ATTEMPTS],
    );
    for (const row of rows.toArray()) {
      if (row.cancelling) this.finish(row, "cancelled");
      else this.disappear(row);
      this.save(row);
    }
  }

  private disappear(row: Row): void {
    const message = disappeared(row, this.options.leaseSeconds);
    this.setError(row.id, { message, log: linesSchema.parse(JSON.parse(row.log)) });
    this.finish(row, "failed");
  }
}
