import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { Model } from "../../shared/model.ts";
import { openBackend } from "../../trainer/backends/open.ts";
import { loadFolder } from "../../trainer/data/folder.ts";
import { readPackage } from "../../trainer/export/package.ts";
import { expectClose, toRows } from "../oracles/numbers.ts";
import { complaints, runScript } from "./command.ts";
import { CLASSES, IMAGES_PER_CLASS, writePictures, writeTinyPackage } from "./tinyFolder.ts";

let folder: string;

const COUNT = CLASSES.length * IMAGES_PER_CLASS;
const rows = CLASSES.flatMap((name) => ["0", "1", "2", "3"].map((image) => ({ name, image }))).map(
  ({ name, image }) => ({ path: `${name}/${image}.png`, class: name }),
);

/** Two values that tell which file they are of: its length, and its last byte but some. */
const signature = (bytes: Uint8Array) => [bytes.length, bytes[bytes.length - 20]];

interface Asked {
  url: string;
  key: string | undefined;
  encoding: unknown;
  sizes: number[];
}

/** Answers as the Worker does, but with the signatures of files for embeddings. */
class FakeWorker {
  readonly asked: Asked[] = [];
  /** Statuses with which the next requests are refused. */
  refuse: number[] = [];
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        void this.answer(request.url ?? "", request.headers, Buffer.concat(chunks)).then(
          ({ status, body }) => {
            response.writeHead(status, { "content-type": "application/json", "retry-after": "0" });
            response.end(JSON.stringify(body));
          },
        );
      });
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    const address = this.server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    return `http://127.0.0.1:${address.port}`;
  }

  close(): void {
    this.server.close();
  }

  private async answer(
    url: string,
    headers: { authorization?: string; "content-type"?: string },
    bytes: Buffer,
  ): Promise<{ status: number; body: unknown }> {
    const type = { "content-type": headers["content-type"] ?? "" };
    const form = await new Response(new Uint8Array(bytes), { headers: type }).formData();
    const files: Uint8Array[] = [];
    for (const [, value] of form) {
      if (value instanceof Blob) files.push(new Uint8Array(await value.arrayBuffer()));
    }
    this.asked.push({
      url,
      key: headers.authorization,
      encoding: form.get("encoding_format"),
      sizes: files.map((file) => file.length),
    });
    const status = this.refuse.shift();
    if (status !== undefined) {
      return { status, body: { error: { code: "no", message: "not now", param: null } } };
    }
    const broken = files.findIndex((file) => file[0] !== 0x89);
    if (broken >= 0) {
      const param = `files[${broken}]`;
      return {
        status: 422,
        body: { error: { code: "x", message: `${param} is no image`, param } },
      };
    }
    const embeddings = files.map((file) =>
      Buffer.from(Float32Array.from(signature(file)).buffer).toString("base64"),
    );
    return {
      status: 200,
      body: { model: "fake", version: "0".repeat(16), dimensions: 2, embeddings },
    };
  }
}

const worker = new FakeWorker();
let url: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pddm-embed-"));
  await writePictures(join(folder, "pictures"));
  await writeTinyPackage(join(folder, "package"));
  url = await worker.listen();
});

afterAll(async () => {
  worker.close();
  await rm(folder, { recursive: true });
});

const embed = (args: string[], env: Record<string, string> = {}) =>
  runScript("embed", ["--data", "pictures", ...args], folder, env);

const listingSchema = z.strictObject({
  model: z.string(),
  version: z.string(),
  rows: z.array(z.strictObject({ path: z.string(), class: z.string() })),
});

/** What was written; nothing else may be left. */
async function written(name: string) {
  const bytes = await readFile(join(folder, `${name}.npy`));
  const [, n, d] = /'shape': \((\d+), (\d+)\)/.exec(bytes.toString("latin1")) ?? [];
  const start = 10 + bytes.readUInt16LE(8);
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset + start));
  const listing = listingSchema.parse(
    JSON.parse(await readFile(join(folder, `${name}.json`), "utf8")),
  );
  expect((await readdir(folder)).filter((file) => file.endsWith(".tmp"))).toEqual([]);
  return { shape: [Number(n), Number(d)], values, listing };
}

/** The fake Worker's embeddings of files. */
const signatures = (paths: string[]) =>
  Promise.all(
    paths.map(async (path) => signature(await readFile(join(folder, "pictures", path)))),
  ).then((all) => all.flat());

describe("npm run embed", () => {
  it("writes what the package makes of each image, in the order of the paths", async () => {
    const { code, stdout } = await embed(["--package", "package", "--out", "out/here.npy"]);
    expect(code).toBe(0);
    const { shape, values, listing } = await written("out/here");
    await openBackend("wasm", () => undefined);
    const content = await readPackage(join(folder, "package"));
    const { version } = content.manifest;
    expect(stdout).toContain(`24 x 4 embeddings by tiny@${version} in out/here.npy`);
    expect(shape).toEqual([COUNT, 4]);
    expect(listing).toEqual({ model: "tiny", version, rows });
    const model = await Model.open(content);
    const size = { width: 8, height: 8 };
    const { pixels } = await loadFolder(join(folder, "pictures"), size, () => undefined);
    expectClose(values, model.embed(pixels), 1e-6);
    expect(new Set(toRows(values, 4).map((row) => row.join())).size).toBeGreaterThan(COUNT / 2);
  });
});

describe("npm run embed through a Worker", () => {
  it("sends the files as they are, at most 16 at a time, and keeps to one version", async () => {
    worker.asked.length = 0;
    worker.refuse = [429, 503];
    const { code, stderr } = await embed(["--url", url, "--out", "worker.npy"]);
    expect(complaints(stderr)).toEqual([]);
    expect(code).toBe(0);
    const pinned = `/embed?model=${encodeURIComponent(`fake@${"0".repeat(16)}`)}`;
    expect(worker.asked.map(({ url, sizes }) => [url, sizes.length])).toEqual([
      ["/embed", 16],
      ["/embed", 16],
      ["/embed", 16],
      [pinned, 8],
    ]);
    expect(worker.asked[3]).toMatchObject({ key: undefined, encoding: "base64" });
    const { shape, values, listing } = await written("worker");
    expect(shape).toEqual([COUNT, 2]);
    expect(listing).toEqual({ model: "fake", version: "0".repeat(16), rows });
    expect(Array.from(values)).toEqual(await signatures(rows.map(({ path }) => path)));
  });

  it("asks for the package's version, with the key of API_KEY", async () => {
    worker.asked.length = 0;
    const args = ["--url", url, "--package", "package", "--out", "both.npy"];
    expect(await embed(args, { API_KEY: "secret" })).toMatchObject({ code: 0 });
    const { version } = (await readPackage(join(folder, "package"))).manifest;
    expect(worker.asked[0]).toMatchObject({
      url: `/embed?model=${encodeURIComponent(`tiny@${version}`)}`,
      key: "Bearer secret",
    });
  });

  it("leaves out what the Worker cannot decode", async () => {
    const path = join(folder, "pictures", "cats", "2.png");
    const bytes = await readFile(path);
    await writeFile(path, "not an image");
    const { code, stdout } = await embed(["--url", url, "--out", "skipped.npy"]);
    await writeFile(path, bytes);
    expect(code).toBe(0);
    expect(stdout.split("\n")[0]).toBe("Skipped 1 image: cats/2.png (is no image)");
    const { shape, values, listing } = await written("skipped");
    const kept = rows.filter((row) => row.path !== "cats/2.png");
    expect(shape).toEqual([COUNT - 1, 2]);
    expect(listing.rows).toEqual(kept);
    expect(Array.from(values)).toEqual(await signatures(kept.map((row) => row.path)));
  });

  it("lists a folder as the package's way does, and says the same of the rest", async () => {
    const left = join(folder, "pictures", ".ipynb_checkpoints");
    await cp(join(folder, "pictures", "cats"), left, { recursive: true });
    const here = await embed(["--package", "package", "--out", "left.npy"]);
    const there = await embed(["--url", url, "--out", "left-worker.npy"]);
    await rm(left, { recursive: true });
    for (const { code, stdout } of [here, there]) {
      expect(code).toBe(0);
      expect(stdout).toMatch(/^Ignored 1 folder of another program: \.ipynb_checkpoints$/m);
    }
    expect((await written("left")).listing.rows).toEqual(rows);
    expect((await written("left-worker")).listing.rows).toEqual(rows);
  });

  it("tells what the Worker says where it refuses, and writes nothing", async () => {
    worker.refuse = [401];
    const refused = await embed(["--url", url, "--out", "refused.npy"]);
    expect(complaints(refused.stderr)).toEqual(["Error: the Worker answered 401: not now"]);
    worker.refuse = [503, 503, 503, 503];
    const busy = await embed(["--url", url, "--out", "refused.npy"]);
    expect(complaints(busy.stderr)).toEqual(["Error: the Worker answered 503: not now"]);
    expect([refused.code, busy.code]).toEqual([1, 1]);
    expect(worker.refuse).toEqual([]);
    expect((await readdir(folder)).filter((name) => name.startsWith("refused"))).toEqual([]);
  });
});

describe("npm run embed with a mistake", () => {
  it.concurrent.for([
    ["no model", ["--out", "x.npy"], "add --package, or --url with the address"],
    ["a file that is no .npy", ["--package", "package", "--out", "x.txt"], "does not end in .npy"],
    ["a URL that is none", ["--url", "edge", "--out", "x.npy"], '"edge" is not an http(s) URL'],
    [
      "no Worker there",
      ["--url", "http://127.0.0.1:1", "--out", "x.npy"],
      "the Worker at http://127.0.0.1:1/ does not answer",
    ],
  ] satisfies [string, string[], string][])(
    "says in one sentence what is wrong with %s",
    async ([, args, sentence]) => {
      const { code, stderr } = await embed(args);
      expect(complaints(stderr)).toEqual([expect.stringContaining(sentence)]);
      expect(code).toBe(1);
    },
  );
});
