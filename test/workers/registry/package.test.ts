import { reset } from "cloudflare:test";
import { beforeEach, describe, expect, it } from "vitest";
import { tinyPackage } from "../tinyPackage.ts";
import { call, publish, refusalOf } from "./client.ts";

beforeEach(reset);

describe("GET /models/<name>/<version>/package/<file>", () => {
  it("gives the files as they were published", async () => {
    const files = await tinyPackage({ name: "fetched", seed: 1 });
    const { version } = await (await publish("fetched", files)).json<{ version: string }>();
    const manifest = await call(`/models/fetched/${version}/package/manifest.json`);
    expect(await manifest.text()).toBe(files.manifest);
    const weights = await call(`/models/fetched/${version}/package/weights.safetensors`);
    expect(weights.headers.get("content-length")).toBe(String(files.weights.length));
    expect(new Uint8Array(await weights.arrayBuffer())).toEqual(files.weights);
  });

  it("refuses other files and unknown versions", async () => {
    const files = await tinyPackage({ name: "fetched", seed: 1 });
    const { version } = await (await publish("fetched", files)).json<{ version: string }>();
    const other = await call(`/models/fetched/${version}/package/manifest.sig`);
    expect(await refusalOf(other)).toMatchObject({ code: "not_found" });
    const unknown = await call("/models/fetched/0123456789abcdef/package/manifest.json");
    expect(await refusalOf(unknown)).toMatchObject({ code: "unknown_model" });
  });
});
