import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import * as z from "zod";
import { runServers, type Servers } from "../../scripts/lib/serve.ts";
import { DATASET_FORMAT, type DatasetEntry, entryLine } from "../../shared/dataset/dataset.ts";
import { jobSchema } from "../../shared/jobs/job.ts";
import { sha256 } from "../../shared/package/digest.ts";
import { TOKEN } from "./servers.ts";

let persist = "";
let servers: Servers;

const start = async () => {
  servers = await runServers(inject("workers"), {
    ...{ port: 0, registryPort: 0, persist, token: TOKEN },
  });
};

beforeAll(async () => {
  persist = await mkdtemp(join(tmpdir(), "pddm-r2-"));
  await start();
});

afterAll(async () => {
  await servers.stop();
  await rm(persist, { recursive: true, force: true });
});

async function ask(method: string, path: string, body?: string | Uint8Array<ArrayBuffer>) {
  const response = await fetch(new URL(path, servers.registryUrl), {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
    body,
  });
  const text = await response.text();
  expect(response.ok, text).toBe(true);
  return JSON.parse(text) as unknown;
}

it("data sets and jobs of the local registry are there after it was stopped", async () => {
  const shard = Uint8Array.from(Buffer.from("a shard"));
  const digest = await sha256(shard);
  await ask("PUT", `/datasets/tiny/shards/${digest}`, shard);
  const entry: DatasetEntry = { key: "a/1", class: "a", bytes: 3, sha256: digest, shard: 0 };
  const index = {
    ...{ format: DATASET_FORMAT, name: "tiny", images: 1, classes: 1, bytes: 3 },
    ...{ classNames: ["a"], shards: [{ sha256: digest, bytes: shard.length }] },
    entries: await sha256(entryLine(entry)),
  };
  const pushed = await ask(
    "POST",
    "/datasets/tiny",
    `${JSON.stringify(index)}\n${entryLine(entry)}`,
  );
  const { version } = z.object({ version: z.string() }).parse(pushed);
  const request = { dataset: { name: "tiny", version }, model: "tiny", config: {} };
  const job = jobSchema.parse(await ask("POST", "/jobs", JSON.stringify(request)));
  await ask("POST", "/jobs/claim", JSON.stringify({ worker: "gpu-1", backend: "cuda" }));

  await servers.stop();
  await start();
  expect(await ask("GET", `/datasets/tiny/${version}`)).toMatchObject(index);
  expect(await ask("GET", `/jobs/${job.id}`)).toMatchObject({ state: "running", worker: "gpu-1" });
  const beat = JSON.stringify({ token: 1, progress: null });
  expect(await ask("POST", `/jobs/${job.id}/heartbeat`, beat)).toMatchObject({ cancelled: false });
});
