import { createHash } from "node:crypto";
import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import * as z from "zod";
import { collectionSchema } from "../../workers/api/contract/collections/collection.ts";
import { listItems } from "../../workers/api/contract/collections/items.ts";
import { keyEntry } from "../../workers/http/keys.ts";
import { type Command, complaints, runScript, startScript } from "../scripts/command.ts";
import { freePort } from "./ports.ts";
import { Proxy } from "./proxy.ts";
import { TOKEN, useServers } from "./servers.ts";

const KEY = "open-sesame";
const READER = "read-sesame";
const keys = await Promise.all([
  ...(["embed", "search", "index"] as const).map((scope) => keyEntry("tests", scope, KEY)),
  keyEntry("reader", "search", READER),
]);

const tiny = inject("tiny").folder;
const servers = useServers({ variables: { API_KEYS: keys.join(), REFRESH_SECONDS: "0" } });
const proxy = new Proxy(() => servers().apiUrl);
let url = "";

/** Where the commands run; holds `emoji/`, which tests change. */
let folder: string;
let started: Command | undefined;
/** Each test has a collection of its own. */
let name: string;
let count = 0;

const publish = (path: string) =>
  runScript("publish", ["--registry", servers().registryUrl, path], tiny, {
    REGISTRY_TOKEN: TOKEN,
  });

beforeAll(async () => {
  const published = await publish(join("runs", "emoji", "package"));
  expect(published.code, published.stderr).toBe(0);
  url = await proxy.listen();
});
afterAll(() => proxy.close());

beforeEach(async () => {
  count += 1;
  name = `birds-${count}`;
  folder = await mkdtemp(join(tmpdir(), "pddm-index-"));
  await cp(join(tiny, "emoji"), join(folder, "emoji"), { recursive: true });
  proxy.asked.length = 0;
  proxy.before = () => undefined;
  proxy.change = (_, body) => body;
});
afterEach(async () => {
  started?.kill();
  await rm(folder, { recursive: true });
});

const where = () => ["--collection", name, "--url", url];
const start = (args: string[], env: Record<string, string> = { API_KEY: KEY }) => {
  started = startScript("index", args, folder, env);
  return started;
};
const index = (...flags: string[]) => start(["emoji", ...where(), ...flags]).ended;

async function get<S extends z.ZodType>(schema: S, rest = ""): Promise<z.output<S>> {
  const response = await fetch(new URL(`/collections/${name}${rest}`, servers().apiUrl), {
    headers: { authorization: `Bearer ${KEY}` },
  });
  return schema.parse(await response.json());
}
const describeIt = () => get(collectionSchema);
const items = async () => (await get(listItems.answer.schema, "/items?limit=1000")).items;

/** The paths of all images, in order. */
async function paths(): Promise<string[]> {
  const entries = await readdir(join(folder, "emoji"), { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, "emoji").length + 1))
    .sort();
}
const sha256 = (content: string | Uint8Array) => createHash("sha256").update(content).digest("hex");
const writes = () => proxy.asked.filter((asked) => asked.startsWith("POST"));
const deletions = () => proxy.asked.filter((asked) => asked.startsWith("DELETE"));

describe("npm run index", () => {
  it("makes a collection of a folder, and sends nothing when run again", async () => {
    const { code, stdout, stderr } = await index("--store-images");
    expect(complaints(stderr)).toEqual([]);
    expect(code).toBe(0);
    const all = await paths();
    expect(stdout).toContain(`Made the collection ${name} of emoji, with room for 1000 images.\n`);
    expect(stdout).toContain(`Sent ${all.length} images to the collection ${name}`);
    expect(await describeIt()).toMatchObject({
      count: all.length,
      capacity: 1000,
      store_images: true,
    });
    expect(await items()).toEqual(
      await Promise.all(
        all.map(async (path) => ({
          id: path,
          metadata: { label: path.split("/")[0] },
          sha256: sha256(await readFile(join(folder, "emoji", path))),
          stored: true,
        })),
      ),
    );
    const least = Math.ceil(all.length / 100);
    expect(writes()).toHaveLength(least);

    const again = await index();
    expect(again.code).toBe(0);
    expect(again.stdout).toContain(
      `Sent 0 images to the collection ${name}; ${all.length} were there already.`,
    );
    expect(writes()).toHaveLength(least);
  });

  it("prints a line that searches", async () => {
    const { stdout } = await index("--concurrency", "1");
    const [, address, type, path] =
      /curl -s (\S+) -H "authorization: Bearer \$API_KEY" -H 'content-type: (\S+)' --data-binary @(\S+)/.exec(
        stdout,
      ) ?? [];
    const response = await fetch(address, {
      method: "POST",
      headers: { authorization: `Bearer ${KEY}`, "content-type": type },
      body: Uint8Array.from(await readFile(join(folder, path))),
    });
    expect(await response.json()).toMatchObject({
      results: [{ id: path.slice("emoji/".length) }, ...Array.from({ length: 9 }, () => ({}))],
    });
    expect(stdout).toContain(`Or in a browser: ${url}/#search/${name}\n`);
  });

  it("sends what is new or has changed, and deletes on request what is gone", async () => {
    await index();
    const [first, second, third, fourth, ...rest] = await paths();
    await cp(join(folder, "emoji", first), join(folder, "emoji", second));
    await rename(join(folder, "emoji", third), join(folder, "emoji", `${third}.png`));
    await rm(join(folder, "emoji", fourth));
    proxy.asked.length = 0;

    const changed = await index();
    expect(changed.stdout).toContain("holds 2 items that are not in the folder; --prune deletes");
    expect(changed.stdout).toContain(
      `Sent 2 images to the collection ${name} (1 new, 1 replaced); ${rest.length + 1} were there already.`,
    );
    expect(writes()).toHaveLength(1);
    expect((await items()).map(({ id }) => id)).toEqual([...(await paths()), third, fourth].sort());

    const pruned = await index("--prune");
    expect(pruned.stdout).toContain("Deleted 2 items that are not in the folder.\n");
    expect(deletions()).toHaveLength(2);
    const left = await items();
    expect(left.map(({ id }) => id)).toEqual(await paths());
    expect(left[1].sha256).toBe(left[0].sha256);
  });

  it("sends an image again whose class has changed", async () => {
    const [first, second] = await paths();
    const list = (label: string) =>
      writeFile(
        join(folder, "emoji", "list.tsv"),
        `path\tclass\tsplit\n${first}\t${label}\ttrain\n${second}\tb\ttest\n`,
      );
    await list("a");
    await index();
    await list("c");
    const { stdout } = await index();
    expect(stdout).toContain("(0 new, 1 replaced); 1 was there already.");
    expect((await items())[0]).toMatchObject({ id: first, metadata: { label: "c" } });
  });

  it("takes the digest of a path for an id where the path cannot be one", async () => {
    const [first] = await paths();
    const [label] = first.split("/");
    const odd = [`${"x".repeat(64)}.png`, 'a "quoted" name.png', "a\nline.png"];
    for (const file of odd)
      await cp(join(folder, "emoji", first), join(folder, "emoji", label, file));
    await cp(join(folder, "emoji", first), join(folder, "emoji", label, "Ä % ünï.png"));
    await index();
    const byId = new Map((await items()).map((item) => [item.id, item.metadata]));
    for (const file of odd) {
      const path = `${label}/${file}`;
      expect(byId.get(sha256(path))).toEqual({ label, path });
    }
    expect(byId.get(`${label}/Ä % ünï.png`)).toEqual({ label });
    const again = await index();
    expect(again.stdout).toContain(`Sent 0 images to the collection ${name}; ${byId.size} were`);
  });

  it("skips images that the Worker refuses, with its reason", async () => {
    const [first, second, third] = await paths();
    await writeFile(join(folder, "emoji", second), "no image");
    await writeFile(join(folder, "emoji", third), Buffer.alloc(10_100_000));
    const { code, stdout } = await index();
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Skipped 1 image: ${second} \\(is not a .*\\)$`, "m"));
    expect(stdout).toMatch(
      new RegExp(
        `^Skipped 1 image: ${third} \\(.* the body is larger than 10000000 bytes\\)$`,
        "m",
      ),
    );
    const ids = (await items()).map(({ id }) => id);
    expect(ids).toContain(first);
    expect(ids).not.toContain(second);
    expect(ids).toHaveLength((await paths()).length - 2);
    await writeFile(join(folder, "emoji", first), "no image");
    const [, , , accepted] = await paths();
    expect((await index()).stdout).toContain(`--data-binary @emoji/${accepted}\n`);
  });

  it("goes on where Ctrl-C has stopped it", async () => {
    const [first] = await paths();
    const [label] = first.split("/");
    await Promise.all(
      Array.from({ length: 500 }, (_, i) =>
        cp(join(folder, "emoji", first), join(folder, "emoji", label, `copy ${i}.png`)),
      ),
    );
    const all = await paths();
    let begun = 0;
    proxy.before = (asked) => {
      if (!asked.startsWith("POST")) return;
      begun += 1;
      if (begun === 2) started?.pressCtrlC();
    };
    const stopped = await index("--concurrency", "1");
    expect(complaints(stopped.stderr)).toEqual([]);
    expect(stopped.code).toBe(130);
    // What was under way is finished.
    expect(await describeIt()).toMatchObject({ count: 200 });
    expect(stopped.stdout).toContain(
      `Stopped before ${all.length - 200} images. Go on with the same command`,
    );
    const resumed = await index("--concurrency", "3");
    expect(resumed.code).toBe(0);
    expect(resumed.stdout).toContain(`(${all.length - 200} new, 0 replaced); 200 were there`);
    expect((await items()).map(({ id }) => id)).toEqual(all);
  });

  it("tells how to go on if the Worker fails on the way", async () => {
    const all = await paths();
    proxy.before = (asked) => {
      if (asked.startsWith("POST") && writes().length === 2) throw new Error("out of order");
    };
    const failed = await index("--concurrency", "1");
    expect(complaints(failed.stderr)).toEqual([
      `Error: ${url}/ does not answer as the API does: status 500, {"error":{"message":"Error: out of order"}}`,
    ]);
    expect(failed.code).toBe(1);
    expect(failed.stdout).toContain("Sent 100 images");
    expect(failed.stdout).toContain(`Stopped before ${all.length - 100} images. Go on with`);
    const resumed = await index();
    expect(resumed.stdout).toContain("; 100 were there already.");
    expect((await items()).map(({ id }) => id)).toEqual(all);
  });

  it("makes no collection that is too small for the folder", async () => {
    const { code, stderr } = await index("--capacity", "50");
    expect(complaints(stderr)).toEqual([
      `Error: --capacity: 50 is too small for the ${(await paths()).length} images of the folder`,
    ]);
    expect(code).toBe(1);
    expect(proxy.asked.filter((asked) => !asked.startsWith("GET"))).toEqual([]);
  });

  it("stops with the Worker's words where the collection is full", async () => {
    const made = await fetch(new URL(`/collections/${name}`, servers().apiUrl), {
      method: "PUT",
      headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
      body: JSON.stringify({ capacity: 50 }),
    });
    expect(made.status).toBe(201);
    const { code, stdout, stderr } = await index();
    expect(complaints(stderr)).toEqual([
      `Error: the Worker answered 507: the collection "${name}" has no room beyond its capacity of 50: PUT a larger ` +
        "capacity, delete items, or make a larger collection",
    ]);
    expect(code).toBe(1);
    expect(stdout).toContain("Go on with the same command");
  });
});

describe("npm run index -- --export", () => {
  const exporting = (env?: Record<string, string>) =>
    start(["--export", "out.npy", ...where()], env).ended;
  const listingSchema = z.strictObject({
    model: z.string(),
    version: z.string(),
    rows: z.array(z.strictObject({ id: z.string(), metadata: z.object({ label: z.string() }) })),
  });
  const listing = async () =>
    listingSchema.parse(JSON.parse(await readFile(join(folder, "out.json"), "utf8")));

  it("writes what npm run embed writes of the same files", async () => {
    await index();
    const { code, stdout, stderr } = await exporting();
    expect(complaints(stderr)).toEqual([]);
    expect(code).toBe(0);
    const flags = ["--data", "emoji", "--out", "embedded.npy", "--url", url, "--key", KEY];
    expect((await runScript("embed", flags, folder)).code).toBe(0);
    expect(await readFile(join(folder, "out.npy"))).toEqual(
      await readFile(join(folder, "embedded.npy")),
    );
    const { model, version, rows } = await listing();
    expect(stdout).toContain(` embeddings by emoji@${version} in out.npy, rows in out.json`);
    expect(model).toBe("emoji");
    expect(rows).toEqual(
      (await paths()).map((path) => ({ id: path, metadata: { label: path.split("/")[0] } })),
    );
  });

  it("begins anew if the version changes between pages", async () => {
    const [first] = await paths();
    const [label] = first.split("/");
    await Promise.all(
      Array.from({ length: 500 }, (_, i) =>
        cp(join(folder, "emoji", first), join(folder, "emoji", label, `copy ${i}.png`)),
      ),
    );
    await index();
    let pages = 0;
    proxy.change = (asked, body) => {
      if (!asked.includes("include=embedding")) return body;
      pages += 1;
      return pages === 1 ? body.replace(/"version":"\w+"/, '"version":"0000000000000000"') : body;
    };
    expect((await exporting()).code).toBe(0);
    const { version, rows } = await listing();
    expect(version).toBe((await describeIt()).version);
    expect(rows.map(({ id }) => id)).toEqual(await paths());
    expect(pages).toBe(4);
  });

  it("needs a collection that holds something", async () => {
    const none = await exporting();
    expect(complaints(none.stderr)).toEqual([`Error: there is no collection ${name}`]);
    expect(none.code).toBe(1);
  });
});

describe("a mistake", () => {
  const fails = async (args: string[], problem: RegExp, env?: Record<string, string>) => {
    const { code, stderr } = await start(args, env).ended;
    expect(complaints(stderr)).toEqual([expect.stringMatching(problem)]);
    expect(code).toBe(1);
  };

  it("in the key is told", async () => {
    await fails(
      ["emoji", ...where()],
      /^Error: the Worker answered 401: send a valid key .*--key/,
      {
        API_KEY: "wrong",
      },
    );
    await fails(["emoji", ...where()], /^Error: the Worker answered 403: .* scope index .*scope/, {
      API_KEY: READER,
    });
  });

  it("in the flags is told", async () => {
    await fails(where(), /^Error: no folder is given/);
    await fails(
      ["emoji", ...where(), "--export", "a.npy"],
      /either a folder to index, or --export/,
    );
    await fails([...where(), "--export", "a.npy", "--prune"], /^Error: --prune is for indexing/);
    await fails([...where(), "--export", "a.csv"], /--export: "a.csv" does not end in .npy/);
    await fails(["emoji", ...where(), "--colour"], /unknown option '--colour'/);
    await fails(["emoji", ...where(), "--capacity", "0"], /Not a whole number from 1 to 20000000/);
    await fails(
      ["emoji", "--collection", "Birds", "--url", url],
      /--collection: "Birds": .*lower-case/,
    );
    await fails(["emoji", "--collection", "birds", "--url", "birds"], /is not an http\(s\) URL/);
    await fails(["nothing", ...where()], /^Error: there is no folder nothing/);
    await fails(["emoji", ...where(), "--model", "none"], /the Worker answered 404: .*none/);
  });

  it("about a collection that exists is told", async () => {
    await index("--capacity", "500");
    const here = ["emoji", ...where()];
    await fails([...here, "--model", "whale"], /--model: .* is of the model "emoji", not "whale"/);
    await fails([...here, "--store-images"], /--store-images: .* keeps no images/);
    await fails([...here, "--capacity", "501"], /--capacity: .* has a capacity of 500/);
    expect(await describeIt()).toMatchObject({ capacity: 500, store_images: false });
  });

  it("in the address is told", async () => {
    const port = await freePort();
    const address = `http://127.0.0.1:${port}/`;
    await fails(
      ["emoji", "--collection", name, "--url", address],
      new RegExp(`^Error: the Worker at ${address} does not answer: `),
    );
    const other = createServer((_, response) => response.end("<html>\nhello")).listen(port);
    try {
      await fails(
        ["emoji", "--collection", name, "--url", address],
        new RegExp(`^Error: ${address} does not answer as the API does: <html> hello$`),
      );
    } finally {
      other.close();
    }
  });
});

// Last, because the other tests want one version.
describe("after a promotion", () => {
  it("sends all again to a collection without pictures whose model was promoted", async () => {
    await index();
    const all = await paths();
    const published = await publish("float32");
    expect(published.code, published.stderr).toBe(0);
    await expect
      .poll(async () => (await describeIt()).pending, { message: "the collection notices" })
      .toBe(all.length);
    const { stdout } = await index();
    expect(stdout).toContain(`so ${all.length} of its items must be sent again`);
    expect(stdout).toContain(`(0 new, ${all.length} replaced)`);
    expect((await describeIt()).pending).toBe(0);
  });
});
