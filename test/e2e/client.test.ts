import { build } from "esbuild";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { createClient, parseResponse } from "../../workers/client/index.ts";
import { keyEntry } from "../../workers/http/keys.ts";
import { Command, ROOT } from "../scripts/command.ts";
import { hasBrowser, useBrowser } from "./browser.ts";
import { publishTiny } from "./publishTiny.ts";
import { useServers } from "./servers.ts";

const KEY = "open-sesame";
const scopes = ["embed", "search", "index"] as const;
const keys = await Promise.all(scopes.map((scope) => keyEntry("tests", scope, KEY)));
const { folder } = inject("tiny");
const servers = useServers({
  variables: { API_KEYS: keys.join(), CORS_ORIGINS: "*" },
});

/** A project outside of the repository that has installed the package. */
let project: string;
/** An image of a concept, and one of another. */
let own: string;
let other: string;
let images: string[];

const execute = promisify(execFile);
const readPackaged = (path: string) =>
  readFile(join(project, "node_modules", "pddm-edge-client", path), "utf8");

beforeAll(async () => {
  await publishTiny(servers().registryUrl);
  const concepts = (await readdir(join(folder, "emoji"))).slice(0, 3);
  const files = concepts.map((concept) => join(folder, "emoji", concept, "noto.png"));
  [own, other] = files;
  images = await Promise.all(files.map((file) => readFile(file, "base64")));
});

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), "client-"));
  await writeFile(join(project, "package.json"), JSON.stringify({ type: "module" }));
  const packed = ["pack", "-w", "pddm-edge-client", "--pack-destination", project];
  const { stdout } = await execute("npm", packed, { cwd: ROOT });
  const [archive] = /\S+\.tgz/.exec(stdout) ?? [];
  await execute("npm", ["install", "--offline", `./${archive}`], { cwd: project });
});
afterAll(() => rm(project, { recursive: true }));

describe("the client", () => {
  const client = () => createClient(servers().apiUrl, { key: KEY });

  it("asks each of the routes", async () => {
    const [query, ...candidates] = images;
    const { version } = await parseResponse(client().info.$get());
    const { embeddings } = await parseResponse(
      client().embed.$post({ json: { inputs: query }, query: { model: `emoji@${version}` } }),
    );
    const { scores } = await parseResponse(
      client().similarity.$post({ json: { source: query, candidates } }),
    );
    expect(scores).toHaveLength(2);
    const { results } = await parseResponse(
      client().rerank.$post({
        json: { query: { image: query }, candidates: [...candidates, query], top_k: 1 },
      }),
    );
    expect(results).toMatchObject([{ index: 2 }]);
    const { data } = await parseResponse(
      client().v1.embeddings.$post({ json: { model: "default", input: [query] } }),
    );
    expect(data[0].embedding).toEqual(embeddings[0]);
    expect(await parseResponse(client().healthz.$get())).toEqual({ status: "alive" });
    expect(await parseResponse(client().readyz.$get())).toMatchObject({ version });
  });

  it("throws what the API says", async () => {
    const refused = parseResponse(client().embed.$post({ json: { inputs: ["a cat!"] } }));
    await expect(refused).rejects.toMatchObject({
      name: "ApiError",
      message: expect.stringContaining("base64") as string,
      status: 400,
      code: "invalid_base64",
      param: "inputs[0]",
    });
    const keyless = createClient(servers().apiUrl).embed.$post({ json: { inputs: images } });
    await expect(parseResponse(keyless)).rejects.toMatchObject({ code: "unauthorized" });
  });
});

describe("its package", () => {
  it("has a module, declarations and a README, and needs no other package", async () => {
    const files = await readdir(join(project, "node_modules", "pddm-edge-client"), {
      recursive: true,
    });
    expect(files.sort()).toEqual([
      "README.md",
      "build",
      "build/LICENSE-hono",
      "build/answer.d.ts",
      "build/api.d.ts",
      "build/error.d.ts",
      "build/index.d.ts",
      "build/index.js",
      "package.json",
    ]);
    expect(await readdir(join(project, "node_modules"))).toEqual([
      ".package-lock.json",
      "pddm-edge-client",
    ]);
    expect(await readPackaged("build/index.js")).not.toMatch(/^import /m);
  });

  it("does in Node what its README shows", async () => {
    const readme = await readPackaged("README.md");
    const examples = Array.from(readme.matchAll(/```js\n(.*?)```/gs), ([, example]) => example);
    const code = examples
      .join("")
      .replace('"http://127.0.0.1:8787"', `"${servers().apiUrl}", { key: "${KEY}" }`)
      .replace("query.png", own)
      .replace("similar.png", own)
      .replace("other.png", other);
    const ended = await new Command(["--input-type=module", "--eval", code], project).ended;
    expect(ended).toEqual({
      code: 0,
      stdout: "the best is candidate 1\nthe most similar is bird-1\n",
      stderr: "",
    });
  });

  it.each([
    { module: "node16", moduleResolution: "node16", lib: ["es2022", "dom"], types: [] },
    { module: "esnext", moduleResolution: "bundler", lib: ["es2022", "dom"], types: [] },
    { module: "node16", moduleResolution: "node16", lib: ["es2022"], types: ["node"] },
  ])("has types for a strict program with %j", async (options) => {
    const typed = join(project, `typed-${options.moduleResolution}-${options.types.length}`);
    await mkdir(typed);
    const typeRoots = [join(ROOT, "node_modules", "@types")];
    const compilerOptions = { ...options, strict: true, noEmit: true, target: "es2022", typeRoots };
    await writeFile(join(typed, "tsconfig.json"), JSON.stringify({ compilerOptions }));
    await writeFile(
      join(typed, "main.ts"),
      `import { ApiError, type Client, createClient, parseResponse } from "pddm-edge-client";
       const client: Client = createClient("http://127.0.0.1", { key: "a", attempts: 1 });
       const { signal } = new AbortController();
       const asked = client.rerank.$post(
         { json: { query: "AAAA", candidates: [{ image: "AAAA" }, { embedding: [1, 0] }] } },
         { init: { signal } },
       );
       export const scores: number[] = (await parseResponse(asked)).results.map(({ score }) => score);
       const answer = await client.info.$get({ query: { model: "birds" } });
       if (answer.ok) {
         const status: 200 = answer.status;
         const width: number = (await answer.json()).input.width;
         console.log(status, width);
       } else {
         const param: string | null = (await answer.json()).error.param;
         console.log(param);
       }
       export const isBusy = (error: unknown) => error instanceof ApiError && error.code === "rate_limited";
       // @ts-expect-error: there is no such code
       export const isOdd = (error: unknown) => error instanceof ApiError && error.code === "odd";
       // @ts-expect-error: a request must have candidates
       void client.rerank.$post({ json: { query: "AAAA" } });
       // @ts-expect-error: an encoding is float or base64
       void client.embed.$post({ json: { inputs: "AAAA", encoding_format: "hex" } });
       // @ts-expect-error: there is no such route
       void client.classify;
       const param = { collection: "birds" };
       const made = await client.collections[":collection"].$put({ param, json: { capacity: 10 } });
       if (made.ok) {
         const status: 200 | 201 = made.status;
         const count: number = (await made.json()).count;
         console.log(status, count);
       }
       const query = { positives: [{ id: "a" }], negatives: ["AAAA"] };
       void client.collections[":collection"].search.$post({ param, json: { query, top_k: 5 } });
       // @ts-expect-error: a search is of a collection
       void client.collections[":collection"].search.$post({ json: { query } });
       // @ts-expect-error: an answer has no such field
       export const wrong = (await parseResponse(asked)).scores;
      `,
    );
    const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
    const checked = await new Command([tsc, "-p", typed], project).ended;
    expect(checked).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  describe.runIf(hasBrowser())("in Chromium", () => {
    const browser = useBrowser();

    it("asks the API from a bundled page of another server", async () => {
      const source = `
        import { ApiError, createClient, parseResponse } from "pddm-edge-client";
        const client = createClient("${servers().apiUrl}", { key: "${KEY}" });
        const [source, ...candidates] = ${JSON.stringify(images)};
        const { scores } = await parseResponse(
          client.similarity.$post({ json: { source, candidates: [source, ...candidates] } }),
        );
        const refused = parseResponse(client.embed.$post({ json: { inputs: "a cat!" } }));
        const error = await refused.catch((reason) => reason);
        document.title = [scores.indexOf(Math.max(...scores)), error instanceof ApiError, error.code].join();
      `;
      const { outputFiles } = await build({
        stdin: { contents: source, resolveDir: project },
        bundle: true,
        format: "esm",
        write: false,
      });
      const page = `<!doctype html><link rel="icon" href="data:,"><script type="module">${outputFiles[0].text}</script>`;
      const server = createServer((_, response) => {
        response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(page);
      }).listen(0, "127.0.0.1");
      await once(server, "listening");
      const { port } = server.address() as AddressInfo;
      try {
        browser.expectErrors(/status of 400/);
        const opened = await browser.open(`http://127.0.0.1:${port}`, {}, {}, [servers().apiUrl]);
        await expect.poll(() => opened.title()).toBe("0,true,invalid_base64");
      } finally {
        server.close();
      }
    });
  });
});
