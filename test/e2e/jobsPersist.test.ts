import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { runServers, type Servers } from "../../scripts/lib/serve.ts";
import { jobSchema } from "../../shared/jobs/job.ts";
import { type Ask, pushTinyDataset } from "./pushTinyDataset.ts";
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

const ask: Ask = async (method, path, body) => {
  const response = await fetch(new URL(path, servers.registryUrl), {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
    body,
  });
  const text = await response.text();
  expect(response.ok, text).toBe(true);
  return JSON.parse(text) as unknown;
};

it("data sets and jobs of the local registry are there after it was stopped", async () => {
  const { index, version } = await pushTinyDataset(ask);
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
