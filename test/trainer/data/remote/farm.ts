import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect } from "vitest";
import { loadFolder } from "../../../../trainer/data/folder.ts";
import { readContents } from "../../../../trainer/data/remote/contents.ts";
import { fetchDataset } from "../../../../trainer/data/remote/fetchDataset.ts";
import { type Pushed, pushFolder } from "../../../../trainer/data/remote/push.ts";
import { DatasetClient } from "../../../../trainer/registry/datasets.ts";
import { Registry } from "../../../oracles/registry.ts";
import { plant, type Tree } from "../../../oracles/trees.ts";

/** A registry and a cache, new for each test, and folders of animals to push and fetch. */

export const never = new AbortController().signal;
export const quiet = { progress: () => undefined, signal: never };
export const LIMIT = 1e9;

export function stoppable(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

export let registry: Registry;
export let url: string;
export let client: DatasetClient;
export let cache: string;

/** Makes both anew for each test of a file. */
export function useFarm(): void {
  beforeEach(async () => {
    registry = new Registry();
    url = await registry.listen();
    const patience = { attempts: 3, firstWaitMs: 1 };
    client = new DatasetClient({ url, token: "token", signal: never, patience });
    cache = await mkdtemp(join(tmpdir(), "cache-"));
  });
  afterEach(async () => {
    registry.close();
    await rm(cache, { recursive: true });
  });
}

export const push = async (folder: string, name = "farm"): Promise<Pushed> =>
  pushFolder(client, folder, name, await readContents(folder, () => undefined, never), quiet);

export const fetch = (version: string, name = "farm", limitBytes = LIMIT) =>
  fetchDataset(client, name, version, cache, { ...quiet, limitBytes });

export const load = (folder: string) =>
  loadFolder(folder, { width: 2, height: 2 }, () => undefined);

/** The folder of what is being downloaded, whose name nobody knows. */
export async function work(): Promise<string> {
  const [name = "none"] = await readdir(join(cache, "work")).catch(() => []);
  return join(cache, "work", name);
}

/** The shards that are unpacked. */
export const done = async () => readdir(join(await work(), "done")).catch(() => []);

/** Bytes without a meaning, so that a few files fill several shards. */
export const noise = (seed: number) => Buffer.alloc(15_000_000, `${seed} moo `);

export const big: Tree = { "cow/1.png": noise(1), "cow/2.png": noise(2), "ox/3.png": noise(3) };

/** As `big`, of a few bytes. */
export const small: Tree = { "cow/1.png": "first", "cow/2.png": "second", "ox/3.png": "third" };

/** Pushes `small` in two shards: what is pushed later has one of its own. */
export async function pushTwoShards(): Promise<{ folder: string; version: string }> {
  const { "ox/3.png": late, ...early } = small;
  const folder = await plant(early);
  await push(folder);
  await mkdir(join(folder, "ox"));
  await writeFile(join(folder, "ox/3.png"), String(late));
  const { version, shards } = await push(folder);
  expect(shards).toBe(2);
  return { folder, version };
}
