import type { PackageFiles } from "../../../shared/package/codec.ts";
import * as z from "zod";
import {
  type Answer,
  answerSchema,
  OBJECTS_PATH,
  type Task,
} from "../../../workers/bench/protocol.ts";
import { channelKey, manifestKey, weightsKey } from "../../../workers/storage/layout.ts";
import type { Running } from "../../lib/workerd.ts";
import { median } from "../measure/quantile.ts";

/** Names a package of the bucket. */
export interface PackageId {
  name: string;
  version: string;
}

const idSchema = z.object({ name: z.string(), version: z.string() });

const SHORTEST_MS = 0.001;
const EMPTY_REQUESTS = 30;

/** The bench Worker in a workerd of its own. */
export class BenchWorker {
  /** Milliseconds that a request takes in addition to its task. */
  private overheadMs = 0;

  constructor(
    private readonly running: Running,
    private readonly signal: AbortSignal,
  ) {}

  get url(): string {
    return this.running.url;
  }

  inspectorUrl(): Promise<URL> {
    return this.running.inspectorUrl();
  }

  /** Measures how long a request takes that does nothing. */
  async calibrate(): Promise<void> {
    const times: number[] = [];
    for (let i = 0; i < EMPTY_REQUESTS; i++) times.push((await this.ask({ task: "nothing" })).ms);
    // The first ones open the connection, and their code is not compiled yet.
    this.overheadMs += median(times.slice(EMPTY_REQUESTS / 3));
  }

  /** Runs a task. @returns its milliseconds, measured from outside, minus those of an empty request */
  async ask(task: Task): Promise<{ ms: number; answer: Answer }> {
    const started = performance.now();
    const text = await this.fetch("/bench", { method: "POST", body: JSON.stringify(task) });
    const ms = performance.now() - started - this.overheadMs;
    // On a busy machine an empty request may have taken longer than this one.
    return { ms: Math.max(SHORTEST_MS, ms), answer: answerSchema.parse(JSON.parse(text)) };
  }

  /** Puts a package into the bucket, as the registry does, and points its channel to it. */
  async put({ manifest, weights }: PackageFiles): Promise<PackageId> {
    const { name, version } = idSchema.parse(JSON.parse(manifest));
    const pointer = { version, history: [], updated: "2026-01-01T00:00:00Z" };
    const objects: [string, string | Uint8Array<ArrayBuffer>][] = [
      [manifestKey(name, version), manifest],
      [weightsKey(name, version), weights],
      [channelKey(name, "stable"), JSON.stringify(pointer)],
    ];
    for (const [key, body] of objects) await this.putObject(key, body);
    return { name, version };
  }

  /** Puts a file into the bucket. */
  async putObject(key: string, body: string | Uint8Array<ArrayBuffer>): Promise<void> {
    await this.fetch(OBJECTS_PATH + key, { method: "PUT", body });
  }

  stop(): Promise<void> {
    return this.running.stop();
  }

  private async fetch(path: string, init: RequestInit): Promise<string> {
    const { signal } = this;
    // workerd closes a connection that is idle for 5 seconds, which a busy process does not notice in time.
    const headers = { connection: "close" };
    const response = await fetch(new URL(path, this.url), { ...init, headers, signal });
    const text = await response.text();
    if (!response.ok) throw new Error(`the bench Worker answered ${response.status}: ${text}`);
    return text;
  }
}
