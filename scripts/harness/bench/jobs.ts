import { setMaxListeners } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { Agent } from "node:http";
import { join } from "node:path";
import { type Job, type Lease, leaseSchema } from "../../../shared/jobs/job.ts";
import { readContents } from "../../../trainer/data/remote/contents.ts";
import { pushFolder } from "../../../trainer/data/remote/push.ts";
import { inParallel } from "../../../trainer/inParallel.ts";
import { DatasetClient } from "../../../trainer/registry/datasets.ts";
import { JobsClient } from "../../../trainer/registry/jobs.ts";
import { ask } from "../measure/ask.ts";
import { cpuTime } from "../measure/cpuTime.ts";
import { median, quantile } from "../measure/quantile.ts";
import { workerds } from "../measure/resident.ts";
import { TOKEN, withAccess } from "./registryAccess.ts";
import type { JobsRow } from "./report.ts";
import type { Stage } from "./stage.ts";

const WORKERS = 50;

/** Longer than the benchmark: no lease ends. */
const LEASE_SECONDS = "3600";

/** Jobs that are submitted at a time. */
const AT_ONCE = 4;

/** One route that workers ask. @returns the body of the answer */
type Asking = (path: string, body: object, status: number) => Promise<string>;

/** A data set of one file that nobody decodes. */
async function pushOne(stage: Stage, client: DatasetClient): Promise<Job["dataset"]> {
  const { signal } = stage;
  const folder = join(stage.folder, "images");
  await mkdir(join(folder, "a"), { recursive: true });
  await writeFile(join(folder, "a", "1.png"), "an image");
  const progress = () => undefined;
  const contents = await readContents(folder, progress, signal);
  const { version } = await pushFolder(client, folder, "tiny", contents, { progress, signal });
  return { name: "tiny", version };
}

const submitAll = (jobs: JobsClient, dataset: Job["dataset"], count: number, signal: AbortSignal) =>
  inParallel(Array.from({ length: count }).values(), AT_ONCE, signal, async () => {
    await jobs.submit({
      ...{ dataset, model: "tiny", config: {}, promote: "never", channel: "stable" },
      ...{ requirements: {}, group: null },
    });
  });

/** Milliseconds of CPU time of workerd, null without /proc, and of this process, so far. */
const cpu = () => ({
  server: process.platform === "linux" ? cpuTime(workerds()) : null,
  client: (process.cpuUsage().user + process.cpuUsage().system) / 1000,
});

/** Lets all workers ask, each again when it has its answer. */
async function timed(
  what: JobsRow["what"],
  requests: number,
  one: (at: number) => Promise<unknown>,
): Promise<JobsRow> {
  const times: number[] = [];
  let next = 0;
  const before = cpu();
  const started = performance.now();
  await Promise.all(
    Array.from({ length: WORKERS }, async () => {
      while (next < requests) {
        const at = next++;
        const asked = performance.now();
        await one(at);
        times.push(performance.now() - asked);
      }
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  const after = cpu();
  const server = before.server === null ? null : (after.server ?? 0) - before.server;
  return {
    ...{ what, workers: WORKERS, requests, requests_per_s: requests / seconds },
    ...{ p50_ms: quantile(times, 0.5), p99_ms: quantile(times, 0.99) },
    server_ms: server === null ? null : server / requests,
    client_ms: (after.client - before.client) / requests,
  };
}

/** @throws Error if two workers got the same job */
async function claimAll(ask: Asking, count: number): Promise<{ row: JobsRow; leases: Lease[] }> {
  const leases: Lease[] = [];
  const row = await timed("claim", count, async (at) => {
    const claim = { worker: `gpu-${at % WORKERS}`, backend: "wasm" };
    leases.push(leaseSchema.parse(JSON.parse(await ask("/jobs/claim", claim, 200))));
  });
  if (new Set(leases.map(({ job }) => job.id)).size < count) {
    throw new Error("two workers have claimed the same job");
  }
  return { row, leases };
}

const beatAll = (ask: Asking, leases: readonly Lease[]): Promise<JobsRow> =>
  timed("heartbeat", leases.length, async (at) => {
    const { job, token } = leases[at]!;
    const progress = { step: 1, steps: 10, loss: 0.5, recall: null, imagesPerSecond: 100 };
    await ask(`/jobs/${job.id}/heartbeat`, { token, progress, log: ["a line"] }, 200);
  });

/** The medians of the rounds of one kind. */
function summary(rows: JobsRow[]): JobsRow {
  const of = (value: (row: JobsRow) => number) => median(rows.map(value));
  return {
    ...rows[0]!,
    requests_per_s: of((row) => row.requests_per_s),
    p50_ms: of((row) => row.p50_ms),
    p99_ms: of((row) => row.p99_ms),
    server_ms: rows[0]!.server_ms === null ? null : of((row) => row.server_ms ?? 0),
    client_ms: of((row) => row.client_ms),
  };
}

/** Measures claims and heartbeats of many workers at once. The client runs on the same machine. */
export async function measureJobs(stage: Stage): Promise<JobsRow[]> {
  const { signal, quick } = stage;
  // One of each request.
  setMaxListeners(2 * WORKERS, signal);
  const [rounds, requests] = quick ? [1, WORKERS] : [5, 1000];
  return withAccess(stage, { LEASE_SECONDS }, async (access) => {
    const dataset = await pushOne(stage, new DatasetClient(access));
    const jobs = new JobsClient(access);
    const agent = new Agent({ keepAlive: true, maxSockets: WORKERS });
    const headers = { authorization: `Bearer ${TOKEN}` };
    const asking: Asking = async (path, json, status) => {
      const post = { type: "application/json", body: Buffer.from(JSON.stringify(json)), headers };
      const reply = await ask(new URL(path, access.url), post, agent, signal);
      if (reply.status !== status) throw new Error(`${path} answered ${reply.status}`);
      return reply.text;
    };
    const claims: JobsRow[] = [];
    const beats: JobsRow[] = [];
    try {
      for (let round = 0; round < rounds; round++) {
        stage.say(`jobs: round ${round + 1} of ${rounds}`);
        await submitAll(jobs, dataset, requests, signal);
        const { row, leases } = await claimAll(asking, requests);
        claims.push(row);
        beats.push(await beatAll(asking, leases));
      }
    } finally {
      agent.destroy();
    }
    return [summary(claims), summary(beats)];
  });
}
