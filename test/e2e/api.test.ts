import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import OpenAI, { BadRequestError, NotFoundError } from "openai";
import { beforeAll, describe, expect, inject, it } from "vitest";
import * as z from "zod";
import { contracts } from "../../workers/api/contract/api.ts";
import { EXAMPLE_IMAGE } from "../../workers/api/contract/item.ts";
import { embed } from "./ask.ts";
import { lint } from "./lint.ts";
import { publishTiny } from "./publishTiny.ts";
import { useServers } from "./servers.ts";

const { folder } = inject("tiny");
const servers = useServers();

let images: Uint8Array<ArrayBuffer>[];
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
const get = (path: string) => fetch(new URL(path, servers().apiUrl));

beforeAll(async () => {
  await publishTiny(servers().registryUrl);
  const concepts = (await readdir(join(folder, "emoji"))).slice(0, 3);
  images = await Promise.all(
    concepts.map(async (concept) =>
      Uint8Array.from(await readFile(join(folder, "emoji", concept, "noto.png"))),
    ),
  );
});

const operationSchema = z.object({
  parameters: z.array(
    z.object({
      name: z.string(),
      in: z.enum(["path", "query"]),
      example: z.union([z.string(), z.number()]).optional(),
    }),
  ),
  requestBody: z
    .object({
      content: z.object({
        "application/json": z.object({
          examples: z.record(z.string(), z.object({ value: z.unknown() })),
        }),
      }),
    })
    .optional(),
});
const documentSchema = z.object({
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
});

const template = (path: string) => path.replace(/:(\w+)/g, "{$1}");

type Parameters = z.infer<typeof operationSchema>["parameters"];

/** A path with the examples of its parameters. */
const filled = (path: string, parameters: Parameters) =>
  path.replace(/:(\w+)/g, (_, name) => {
    const example = parameters.find((it) => it.in === "path" && it.name === name)?.example;
    // Only a collection with a prefix has a bucket to reconcile with.
    return encodeURIComponent(path.endsWith("/sync") ? "with-prefix" : String(example));
  });

/** Makes what the examples of a path speak of. */
async function prepareCollection(path: string): Promise<void> {
  const call = async (method: string, rest: string, body: object) => {
    const url = new URL(`/collections/${rest}`, servers().apiUrl);
    const headers = { "content-type": "application/json" };
    const response = await fetch(url, { method, headers, body: JSON.stringify(body) });
    expect(response.ok, await response.text()).toBe(true);
  };
  if (path.endsWith("/sync")) return call("PUT", "with-prefix", { prefix: "birds/" });
  await call("PUT", "birds", { capacity: 20_000, store_images: true });
  const items = [{ id: "albatross/1.jpg", image: EXAMPLE_IMAGE }];
  await call("POST", "birds/items", { items });
  await call("POST", "birds/duplicates", {});
}

describe("GET /openapi.json", () => {
  it("is what a linter of OpenAPI recommends", async () => {
    const response = await get("/openapi.json");
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await lint(response)).toEqual([
      // The repository has none.
      ["info-license", "#/info"],
      // These never refuse.
      ...contracts.flatMap((it) =>
        it.public && it.errors.length === 0
          ? [
              [
                "operation-4xx-response",
                `#/paths/${it.path.replaceAll("/", "~1")}/${it.method}/responses`,
              ],
            ]
          : [],
      ),
    ]);
  });

  it("has examples for each body, each of which the Worker answers as it says", async () => {
    const { paths } = documentSchema.parse(await (await get("/openapi.json")).json());
    expect(new Set(Object.keys(paths))).toEqual(
      new Set(contracts.map(({ path }) => template(path))),
    );
    let replayed = 0;
    for (const { path, method, answer } of contracts) {
      if (path.includes(":collection")) await prepareCollection(path);
      const { parameters, requestBody } = paths[template(path)][method];
      const url = new URL(filled(path, parameters), servers().apiUrl);
      const inQuery = parameters.filter((it) => it.in === "query");
      for (const { name, example } of inQuery) {
        if (example !== undefined) url.searchParams.set(name, String(example));
      }
      const examples = requestBody
        ? Object.values(requestBody.content["application/json"].examples)
        : [{ value: undefined }];
      expect(examples.length).toBeGreaterThan(0);
      for (const { value } of examples) {
        const response = await fetch(url, {
          method: method.toUpperCase(),
          headers: value ? { "content-type": "application/json" } : {},
          body: value ? JSON.stringify(value) : undefined,
        });
        const text = await response.text();
        expect(answer.statuses ?? [200], `${path}: ${text}`).toContain(response.status);
        expect(response.headers.get("content-type")).toContain(answer.type ?? "application/json");
        answer.schema.parse(answer.type ? text : JSON.parse(text));
        replayed += 1;
      }
    }
    expect(replayed).toBeGreaterThan(contracts.length);
  });
});

describe("GET /docs", () => {
  it("is a page whose parts all come from the Worker, and which may load no others", async () => {
    const page = await get("/docs");
    expect(page.status).toBe(200);
    const policy = page.headers.get("content-security-policy");
    expect(policy).toContain("default-src 'none'; script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    const parts = Array.from(
      (await page.text()).matchAll(/(?:src|href)="([^"]+)"/g),
      ([, at]) => at,
    );
    expect(parts).toContain("swagger-ui-bundle.js");
    for (const part of parts) {
      const url = new URL(part, page.url);
      expect(url.origin).toBe(new URL(page.url).origin);
      const response = await fetch(url);
      expect(response.status, url.href).toBe(200);
      expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(0);
    }
  });
});

describe("OpenAI's client", () => {
  const openai = () =>
    new OpenAI({ apiKey: "none", baseURL: new URL("/v1", servers().apiUrl).href, maxRetries: 0 });
  const input = () => images.map((bytes) => `data:image/png;base64,${base64(bytes)}`);

  it("gets the embeddings of images, as floats and as base64", async () => {
    const expected: number[][] = [];
    for (const image of images) {
      const { embeddings } = await embed(servers().apiUrl, "emoji", image, "image/png");
      expected.push(embeddings[0]);
    }
    // Without a format it asks for base64, and decodes it.
    for (const encoding_format of ["float", undefined] as const) {
      const answer = await openai().embeddings.create({
        model: "default",
        input: input(),
        encoding_format,
      });
      expect(answer.model).toMatch(/^emoji@[0-9a-f]{16}$/);
      expect(answer.usage).toEqual({ prompt_tokens: 0, total_tokens: 0 });
      expect(answer.data.map(({ index }) => index)).toEqual([0, 1, 2]);
      answer.data.forEach(({ embedding }, i) => {
        expect(embedding).toHaveLength(expected[i].length);
        embedding.forEach((value, k) => expect(value).toBeCloseTo(expected[i][k], 6));
      });
    }
  });

  it("gets errors that it understands", async () => {
    const create = (model: string, text: string) =>
      openai().embeddings.create({ model, input: [input()[0], text] });
    const refused: unknown = await create("emoji", "https://example.com/a.png").catch(
      (error: unknown) => error,
    );
    expect(refused).toBeInstanceOf(BadRequestError);
    expect(refused).toMatchObject({ status: 400, code: "url_not_allowed", param: "input[1]" });
    await expect(create("nobody", input()[1])).rejects.toBeInstanceOf(NotFoundError);
  });
});
