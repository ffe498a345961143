import { reset } from "cloudflare:test";
import { beforeEach, describe, expect, it } from "vitest";
import * as z from "zod";
import { type SchemaName, schemas } from "../../../workers/registry/contract.ts";
import { routes } from "../../../workers/registry/routes/routes.ts";
import { answerOf, call, post, publish } from "./client.ts";
import { push, putShard, textOf, tinyDataset } from "./dataset.ts";
import { tinyPackage } from "../tinyPackage.ts";
import { checkpointPath, DECISION, requestOf } from "./jobs.ts";

beforeEach(reset);

const documentSchema = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.object({ operationId: z.string() }))),
});

describe("GET /openapi.json", () => {
  it("needs no key", async () => {
    const response = await call("/openapi.json", { headers: { authorization: "" } });
    const { paths } = documentSchema.parse(await answerOf(response));
    expect(paths).toHaveProperty("/jobs/{id}/heartbeat");
  });

  it("has every route, each with a name of its own", async () => {
    const { paths } = documentSchema.parse(await answerOf(await call("/openapi.json")));
    const told = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`),
    );
    const known = routes.map(
      ({ method, path }) => `${method} ${path.replace(/:(\w+)/g, (_, name) => `{${name}}`)}`,
    );
    expect(told.sort()).toEqual(["get /healthz", "get /openapi.json", ...known].sort());
    const ids = Object.values(paths).flatMap((operations) =>
      Object.values(operations).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe("the answers", () => {
  it("are what the document says", async () => {
    const seen = new Set<SchemaName>();
    const read = async (name: SchemaName, response: Response, status = 200) => {
      const json = await answerOf(response, status);
      schemas[name].parse(json);
      seen.add(name);
      return json;
    };
    const versionIn = (json: unknown) => z.object({ version: z.string() }).parse(json).version;

    const published = await publish("tiny", await tinyPackage());
    const model = versionIn(await read("Published", published, 201));
    await read("Channel", await post("/models/tiny/promote", { version: model }));
    await read("Models", await call("/models"));
    await read("Model", await call("/models/tiny"));
    await read("ModelVersion", await call(`/models/tiny/${model}`));

    const set = await tinyDataset();
    for (const [i, shard] of set.shards.entries()) {
      await read("Shard", await putShard("tiny", set.index.shards[i].sha256, shard), 201);
    }
    const version = versionIn(await read("Pushed", await push(textOf(set)), 201));
    await read("Datasets", await call("/datasets"));
    await read("Dataset", await call("/datasets/tiny"));
    await read("DatasetVersion", await call(`/datasets/tiny/${version}`));

    const job = await read("Job", await post("/jobs", requestOf(version)), 201);
    const { id } = z.object({ id: z.string() }).parse(job);
    await read("Lease", await post("/jobs/claim", { worker: "gpu-1", backend: "cuda" }));
    const beat = { token: 1, progress: null };
    await read("HeartbeatAnswer", await post(`/jobs/${id}/heartbeat`, beat));
    const path = await checkpointPath(id, 1, 1, "one");
    await read("Checkpoint", await call(path, { method: "PUT", body: "one" }));
    const report = await call(`/jobs/${id}/report?token=1`, { method: "PUT", body: "<p>" });
    await read("Artifact", report);
    await read("Jobs", await call("/jobs"));
    await read("JobEvents", await call(`/jobs/${id}/events`));
    await read("Job", await post(`/jobs/${id}/complete`, { token: 1, decision: DECISION }));
    await read("Error", await call("/jobs/0123456789ab"), 404);

    const told = routes.flatMap(({ answers }) =>
      Object.values(answers).filter((answer) => typeof answer === "string"),
    );
    expect(seen).toEqual(new Set([...told, "Error"]));
  });
});
