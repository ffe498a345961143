import { createHash } from "node:crypto";
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../../../trainer/error.ts";
import { pullFile } from "../../../trainer/weights/hub/pull.ts";
import { hubSettings } from "../../../trainer/weights/hub/settings.ts";
import { parseWeightsName } from "../../../trainer/weights/name.ts";
import { gitSha1, HubServer, sha256 } from "./hubServer.ts";

const REPOSITORY = "timm/mobilenetv2_100.ra_in1k";

/** Bytes that are not the same at different places. */
const weights = Buffer.concat(
  Array.from({ length: 50_000 }, (_, i) => createHash("sha256").update(String(i)).digest()),
);
const config = Buffer.from(JSON.stringify({ architecture: "mobilenetv2_100" }));

let hub: HubServer;
let url = "";
let home = "";
let commit = "";
let said: string[] = [];
beforeEach(async () => {
  hub = new HubServer();
  url = await hub.listen();
  home = await mkdtemp(join(tmpdir(), "hub-"));
  commit = hub.add(REPOSITORY, { "model.safetensors": weights, "config.json": config });
  said = [];
});
afterEach(async () => {
  hub.close();
  await rm(home, { recursive: true });
});

interface Choice {
  repository?: string;
  revision?: string;
  file?: string;
  env?: Record<string, string>;
  signal?: AbortSignal;
}

async function pull({
  repository = REPOSITORY,
  revision = "main",
  file = "model.safetensors",
  env = {},
  signal = new AbortController().signal,
}: Choice = {}) {
  const settings = await hubSettings({ HF_HOME: home, HF_ENDPOINT: url, ...env });
  const say = (line: string) => void said.push(line);
  return pullFile({ repository, revision, file }, settings, say, signal);
}

async function complaint(choice: Choice): Promise<string> {
  const error: unknown = await pull(choice).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(UserError);
  return error instanceof UserError ? error.message : "";
}

const folder = () => join(home, "hub", "models--timm--mobilenetv2_100.ra_in1k");
const blobs = () => readdir(join(folder(), "blobs")).catch(() => []);

describe("a file of the hub", () => {
  it("comes into the cache as Python's huggingface_hub lays it out", async () => {
    const { path, commit: of } = await pull();
    expect(of).toBe(commit);
    expect(path).toBe(join(folder(), "snapshots", commit, "model.safetensors"));
    expect((await readFile(path)).equals(weights)).toBe(true);
    expect(await readlink(path)).toBe(join("..", "..", "blobs", sha256(weights)));
    expect(await readFile(join(folder(), "refs", "main"), "utf8")).toBe(commit);
    const small = await pull({ file: "config.json" });
    expect(await readlink(small.path)).toBe(join("..", "..", "blobs", gitSha1(config)));
  });

  it("is not asked for again, and of a commit the hub is not asked at all", async () => {
    await pull();
    hub.asked.length = 0;
    await pull();
    expect(hub.asked).toEqual([`GET /api/models/${REPOSITORY}/revision/main`]);
    await pull({ revision: commit });
    expect(hub.asked).toHaveLength(1);
  });

  it("is found where Python has put it", async () => {
    const snapshot = join(folder(), "snapshots", commit);
    for (const made of ["refs", "blobs"]) await mkdir(join(folder(), made), { recursive: true });
    await mkdir(snapshot, { recursive: true });
    await writeFile(join(folder(), "refs", "main"), commit);
    await writeFile(join(folder(), "blobs", sha256(weights)), weights);
    await symlink(`../../blobs/${sha256(weights)}`, join(snapshot, "model.safetensors"));
    const { path } = await pull({ env: { HF_HUB_OFFLINE: "1" } });
    expect((await readFile(path)).equals(weights)).toBe(true);
    expect(hub.asked).toEqual([]);
  });

  it("goes on where the connection broke", async () => {
    hub.breaks = [700_000, 100_000];
    const { path } = await pull();
    expect((await readFile(path)).equals(weights)).toBe(true);
    const ranges = hub.asked
      .filter((asked) => asked.includes("/store/"))
      .map((it) => it.split(" ")[2]);
    const from = ranges.flatMap((range) =>
      range?.endsWith("-0") === false ? [parseInt(range.slice(6))] : [],
    );
    expect(from).toHaveLength(2);
    // What of the broken part has come is kept.
    expect(from[0]).toBeGreaterThan(0);
    expect(from[1]).toBeGreaterThan(from[0]);
    expect(await blobs()).toEqual([sha256(weights)]);
  });

  it("goes on where an earlier call was stopped", async () => {
    await mkdir(join(folder(), "blobs"), { recursive: true });
    await writeFile(
      join(folder(), "blobs", `${sha256(weights)}.incomplete`),
      weights.subarray(0, 1_000_000),
    );
    await pull();
    expect(hub.asked.at(-1)).toContain(`bytes=1000000-${weights.length - 1}`);
    expect(await blobs()).toEqual([sha256(weights)]);
  });

  it("is fetched anew where what was left is not of it", async () => {
    await mkdir(join(folder(), "blobs"), { recursive: true });
    await writeFile(
      join(folder(), "blobs", `${sha256(weights)}.incomplete`),
      Buffer.alloc(1_000_000),
    );
    const { path } = await pull();
    expect((await readFile(path)).equals(weights)).toBe(true);
  });

  it("is not kept where its bytes are wrong", async () => {
    hub.damage = (bytes) => Buffer.concat([bytes.subarray(1), bytes.subarray(0, 1)]);
    expect(await complaint({})).toContain(
      `what came has not the digest that the hub states, ${sha256(weights)}, and was removed; try again`,
    );
    expect(await blobs()).toEqual([]);
    hub.damage = null;
    expect((await readFile((await pull()).path)).equals(weights)).toBe(true);
  });

  it("is asked for again where the hub is busy", async () => {
    hub.failures = [503, 429];
    expect((await pull()).commit).toBe(commit);
  });

  it("can be of a private repository, whose token only the hub gets", async () => {
    hub.add("me/birds", { "model.safetensors": weights }, "hf_secret");
    await writeFile(join(home, "token"), "hf_secret\n");
    await pull({ repository: "me/birds" });
    expect(hub.asked.some((asked) => asked.includes("/store/"))).toBe(true);
    expect(hub.leaked).toEqual([]);
  });

  it("stops when it is told to, and keeps what has come", async () => {
    const controller = new AbortController();
    hub.breaks = [300_000];
    const pulling = pull({ signal: controller.signal });
    const part = join(folder(), "blobs", `${sha256(weights)}.incomplete`);
    while ((await readFile(part).catch(() => Buffer.alloc(0))).length === 0)
      await new Promise(setImmediate);
    controller.abort(new Error("stopped"));
    await expect(pulling).rejects.toThrow("stopped");
    expect(await blobs()).toEqual([`${sha256(weights)}.incomplete`]);
  });
});

describe("what cannot be had is told", () => {
  const remedy = () =>
    `${join(home, "hub")} does not have it. Pull it on a machine that reaches the hub and copy that folder, or fetch the ` +
    `file in another way and run: npm run weights -- import <file> --as ${REPOSITORY}`;

  it("without a network", async () => {
    expect(await complaint({ env: { HF_HUB_OFFLINE: "yes" } })).toBe(
      `HF_HUB_OFFLINE is set, and ${remedy()}`,
    );
    expect(hub.asked).toEqual([]);
    const gone = new HubServer();
    const address = await gone.listen();
    gone.close();
    const nowhere = { HF_ENDPOINT: address };
    expect(await complaint({ env: nowhere })).toBe(
      `${address} cannot be reached: connect ECONNREFUSED ${new URL(address).host}, and ${remedy()}`,
    );
    await pull();
    expect((await pull({ env: nowhere })).commit).toBe(commit);
    expect(said.at(-1)).toContain(
      `${address} cannot be reached: connect ECONNREFUSED ${new URL(address).host}; takes ${REPOSITORY}@${commit}`,
    );
  });

  it.each<[string, Choice, string]>([
    [
      "of an unknown repository",
      { repository: "timm/none" },
      "has no repository timm/none; check its name; if it is private, put a token of your account (https://huggingface.co/settings/tokens) into HF_TOKEN",
    ],
    [
      "of an unknown revision",
      { revision: "v9" },
      `${REPOSITORY} has no such branch, tag or commit; without @ it is the newest`,
    ],
    ["that the repository lacks", { file: "none.json" }, `${REPOSITORY} has no none.json at `],
    [
      "for a token that is none",
      { env: { HF_TOKEN: "secret" } },
      "HF_TOKEN holds no token of Hugging Face, which begins with hf_",
    ],
    [
      "for an address that is none",
      { env: { HF_ENDPOINT: "hub" } },
      'HF_ENDPOINT: "hub" is not an address such as https://huggingface.co',
    ],
  ])("%s", async (_, choice, message) => {
    expect(await complaint(choice)).toContain(message);
  });

  it("of a gated repository", async () => {
    hub.add("big/gated", { "model.safetensors": weights }, "hf_good", true);
    const repository = "big/gated";
    expect(await complaint({ repository })).toContain(
      `big/gated is gated: accept its terms at ${url}/big/gated, and put a token`,
    );
    expect(await complaint({ repository, env: { HF_TOKEN: "hf_other" } })).toContain(
      `at ${url}/big/gated with the account of the token in HF_TOKEN`,
    );
    expect((await pull({ repository, env: { HF_TOKEN: "hf_good" } })).path).toContain("big--gated");
  });

  it("of a hub whose names would lead out of the cache", async () => {
    hub.claimedDigest = "../../outside";
    const strange = `${url} does not answer as the hub does: ${REPOSITORY} has`;
    expect(await complaint({})).toBe(`${strange} "../../outside"`);
    hub.claimedCommit = "../outside";
    expect(await complaint({})).toBe(`${strange} "../outside"`);
    expect(await blobs()).toEqual([]);
    expect(parseWeightsName("timm/a@../../outside")).toBeNull();
    expect(parseWeightsName("../outside")).toBeNull();
  });

  it("for which the disk has no room", async () => {
    hub.claimedBytes = 1e15;
    expect(await complaint({})).toMatch(
      /blobs has [\d.]+ MB left, and 1000000000\.0 MB are needed; make room, or set HF_HOME to a folder of another disk$/,
    );
  });
});
