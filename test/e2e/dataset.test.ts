import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { runServers, type Servers } from "../../scripts/lib/serve.ts";
import { loadFolder } from "../../trainer/data/folder.ts";
import { PUSHED_FILE, readPushed } from "../../trainer/data/layouts/pushed.ts";
import {
  type Command,
  complaints,
  type Output,
  runScript,
  startScript,
} from "../scripts/command.ts";
import { Proxy } from "./proxy.ts";
import { TOKEN } from "./servers.ts";

const tiny = inject("tiny").folder;
let persist: string;
let servers: Servers;
const proxy = new Proxy(() => servers.registryUrl);
let url: string;

/** Where the commands run; holds `emoji/`, which tests change. */
let folder: string;
let started: Command | undefined;
/** Each test has a data set of its own. */
let name: string;
let count = 0;

beforeAll(async () => {
  persist = await mkdtemp(join(tmpdir(), "pddm-r2-"));
  const options = { port: 0, registryPort: 0, persist, token: TOKEN };
  servers = await runServers(inject("workers"), options);
  url = await proxy.listen();
});
afterAll(async () => {
  proxy.close();
  await servers.stop();
  await rm(persist, { recursive: true, force: true });
});

beforeEach(async () => {
  count += 1;
  name = `birds-${count}`;
  folder = await mkdtemp(join(tmpdir(), "pddm-dataset-"));
  await cp(join(tiny, "emoji"), join(folder, "emoji"), { recursive: true });
  proxy.asked.length = 0;
  proxy.before = () => undefined;
});
afterEach(async () => {
  started?.kill();
  started = undefined;
  await rm(folder, { recursive: true });
});

const env = { REGISTRY_TOKEN: TOKEN };

const dataset = (...args: string[]): Promise<Output> =>
  runScript("dataset", [...args, "--registry", servers.registryUrl], folder, env);

const pushArgs = () => ["push", "emoji", "--name", name, "--registry", url];

/** Pushes `emoji/` through the proxy. @returns the version */
async function push(): Promise<Output & { version: string }> {
  const output = await runScript("dataset", pushArgs(), folder, env);
  expect(complaints(output.stderr)).toEqual([]);
  const [, version = ""] = new RegExp(`${name}@([0-9a-f]{16})`).exec(output.stdout) ?? [];
  return { ...output, version };
}

const load = (path: string) =>
  loadFolder(join(folder, path), { width: 8, height: 8 }, () => undefined);

const puts = () => proxy.asked.filter((asked) => asked.startsWith("PUT"));

/** Adds images that fill a shard each, before the others. They do not decode, which only training would find. */
async function addNoise(shards: number): Promise<void> {
  await mkdir(join(folder, "emoji", "!noise"));
  for (let i = 0; i < shards; i++) {
    const bytes = Buffer.alloc(31_990_000, `${i} `);
    await writeFile(join(folder, "emoji", "!noise", `${i}.png`), bytes);
  }
}

describe("npm run dataset", () => {
  it("pushes a folder and pulls it with the same fingerprint", async () => {
    const { stdout, version } = await push();
    const { paths, classes, fingerprint } = await load("emoji");
    expect(stdout).toContain(
      `Pushed ${name}@${version}, ${paths.length} images of ${classes.length} classes`,
    );
    const pulled = await dataset("pull", name, "--out", join("new", "again"));
    expect(pulled.stdout).toBe(
      `Pulled ${name}@${version}: ${paths.length} images in ${join("new", "again")}\n`,
    );
    const again = await load(join("new", "again"));
    expect(again.fingerprint).toBe(fingerprint);
    expect(again.classes).toEqual(classes);
    expect(await readdir(join(folder, "new"))).toEqual(["again"]);
  });

  it("sends nothing the second time, and a few images after a few changes", async () => {
    await addNoise(1);
    const first = await push();
    expect(puts()).toHaveLength(2);
    proxy.asked.length = 0;
    const second = await push();
    expect(second.stdout).toContain(`Already there: ${name}@${first.version}`);
    expect(second.stdout).toContain("Sent no images; 2 of 2 shards were there before");
    expect(proxy.asked.filter((asked) => /^(HEAD|PUT|POST)/.test(asked))).toEqual([]);

    await rm(join(folder, "emoji", "!noise"), { recursive: true });
    const [path] = (await load("emoji")).paths;
    await cp(join(folder, "emoji", path), join(folder, "emoji", `${path}-new.png`));
    const third = await push();
    expect(third.version).not.toBe(first.version);
    expect(third.stdout).toMatch(/^Sent 0\.0 MB; 1 of 2 shards were there before$/m);
    const pulled = await dataset("pull", `${name}@${third.version}`, "--out", "again");
    expect(complaints(pulled.stderr)).toEqual([]);
    expect((await load("again")).fingerprint).toBe((await load("emoji")).fingerprint);
    const shown = await dataset("show", name);
    expect(shown.stdout.split("\n").filter((line) => line.includes(name))).toHaveLength(2);
    expect(shown.stdout).toMatch(new RegExp(`^${name}@${third.version} .* latest$`, "m"));
    expect((await dataset("list")).stdout).toContain(`${name}@${third.version}\n`);
  });

  it("goes on after it is killed, without sending shards again", async () => {
    await addNoise(4);
    proxy.before = async () => {
      if (puts().length < 4) return;
      started?.kill();
      // The registry never gets the fourth.
      await new Promise(() => undefined);
    };
    started = startScript("dataset", pushArgs(), folder, env);
    expect((await started.ended).code).toBeNull();
    const before = puts();
    expect(before).toHaveLength(4);
    expect((await dataset("show", name)).stderr).toContain(`no data set ${name}`);

    proxy.before = () => undefined;
    proxy.asked.length = 0;
    const { version } = await push();
    // Two are under way at a time, so that the third may have been on its way, too.
    const sent = before.slice(0, 2);
    expect(puts().filter((asked) => sent.includes(asked))).toEqual([]);
    expect(puts().length).toBeGreaterThan(0);
    await dataset("pull", name, "--out", "again");
    const { index } = await readPushed(join(folder, "again"));
    expect(index.shards).toHaveLength(5);
    const shown = await dataset("show", `${name}@${version}`);
    expect(shown.stdout).toContain("5 shards. Classes: ");
  });

  it("refuses a shard that is damaged in R2, and does not use it", async () => {
    const { version } = await push();
    await dataset("pull", name, "--out", "again");
    const { index } = await readPushed(join(folder, "again"));
    const { sha256, bytes } = index.shards[0];
    for (const path of await readdir(persist, { recursive: true })) {
      const file = join(persist, path);
      const found = await stat(file);
      if (!found.isFile() || found.size !== bytes) continue;
      const content = await readFile(file);
      if (createHash("sha256").update(content).digest("hex") !== sha256) continue;
      content[700] ^= 1;
      await writeFile(file, content);
    }
    const { code, stderr } = await dataset("pull", `${name}@${version}`, "--out", "damaged");
    expect(code).toBe(1);
    expect(complaints(stderr)).toEqual([
      `Error: shard ${sha256.slice(0, 16)} of ${name} has another SHA-256 than its name states; it is damaged in the registry: remove the versions that have it, and push the folder again`,
    ]);
    expect(await readdir(folder)).not.toContain("damaged");
    // The remedy works.
    await dataset("remove", `${name}@${version}`);
    expect((await push()).version).toBe(version);
    await dataset("pull", name, "--out", "damaged");
    expect(await readdir(join(folder, "damaged"))).toContain(PUSHED_FILE);
  });

  it("stops at Ctrl-C, and says that it goes on", async () => {
    await addNoise(3);
    proxy.before = (asked) => {
      if (!asked.startsWith("PUT")) return;
      started?.pressCtrlC();
      return new Promise(() => undefined);
    };
    started = startScript("dataset", pushArgs(), folder, env);
    const { code, stderr } = await started.ended;
    expect(code).toBe(130);
    expect(complaints(stderr)).toEqual(["Stopped. The same command goes on from here."]);
    proxy.before = () => undefined;
    expect((await push()).stdout).toContain(`Pushed ${name}@`);
  });

  it("says what is wrong with what it is given", async () => {
    const refused = async (args: string[], message: string) => {
      const { code, stderr } = await dataset(...args);
      expect(code).toBe(1);
      expect(complaints(stderr)).toEqual([message]);
    };
    await refused(["list", "--bogus"], "error: unknown option '--bogus'");
    await refused(["push", "emoji"], "error: required option '--name <name>' not specified");
    await refused(["push", "nowhere", "--name", name], "Error: there is no folder nowhere");
    await refused(["pull", name, "--out", "again"], `Error: the registry has no data set ${name}`);
    await refused(
      ["pull", name, "--out", "emoji"],
      "Error: --out: emoji is there already; name a folder that is not, or remove it",
    );
    await refused(
      ["show", "Birds"],
      'Error: "Birds" is not of the form <name> or <name>@<version>: a name has lower-case letters, digits and -, a version 16 hex digits',
    );
    await refused(
      ["remove", name],
      `Error: name the version to remove: ${name}@<version>, as \`show ${name}\` lists`,
    );
    const list = ["list", "--registry", servers.registryUrl];
    const { stderr } = await runScript("dataset", list, folder, { REGISTRY_TOKEN: "wrong" });
    expect(complaints(stderr).join()).toMatch(/^Error: the registry answered 401 to \/datasets: /);
  });
});
