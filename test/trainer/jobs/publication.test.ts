import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PackageFiles } from "../../../shared/package/codec.ts";
import { readPackage } from "../../../trainer/export/package.ts";
import { publishJob } from "../../../trainer/jobs/publication.ts";
import { writeTinyPackage } from "../../scripts/tinyFolder.ts";

let folder: string;
let challenger: string;
let champion: PackageFiles;
let old: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pddm-publication-"));
  await writeTinyPackage(join(folder, "package"));
  challenger = (await readPackage(join(folder, "package"))).manifest.version;
  await writeTinyPackage(join(folder, "old"), { images: 7 });
  const { files, manifest } = await readPackage(join(folder, "old"));
  [champion, old] = [files, manifest.version];
});
afterEach(() => rm(folder, { recursive: true }));

/** A registry whose channel somebody else moves before some promotions. */
function registry(serves: string | null, others: number) {
  const asked: string[] = [];
  let left = others;
  const models = {
    publish: (name: string) => Promise.resolve(asked.push(`publish ${name}`) > 0),
    served: () => Promise.resolve(serves),
    package: (_: string, version: string) => {
      asked.push(`fetch ${version}`);
      return Promise.resolve(champion);
    },
    promote: (_: string, { version, from }: { version: string; from: string | null }) => {
      asked.push(`promote ${version} from ${from}`);
      if (left-- <= 0) return Promise.resolve(true);
      serves = old;
      return Promise.resolve(false);
    },
  };
  return { models, asked };
}

/** Finds the challenger right ten times more often. */
async function publish(
  { models }: ReturnType<typeof registry>,
  promote: "never" | "if-better" | "always" = "if-better",
) {
  const measured: (string | null)[] = [];
  const right = new Array<boolean>(10).fill(true);
  const decision = await publishJob(
    {
      models,
      job: { model: "tiny", channel: "stable", promote },
      folder,
      measure: (path) => {
        measured.push(path);
        const hits = { challenger: right, champion: path === null ? [] : right.map(() => false) };
        return Promise.resolve({ queries: 10, hits, obstacle: null, remarks: [] });
      },
    },
    join(folder, "package"),
  );
  return { decision, measured };
}

describe("publishJob", () => {
  it("compares with the served version, and promotes from it", async () => {
    const there = registry(old, 0);
    const { decision, measured } = await publish(there);
    expect(decision).toMatchObject({ promoted: true, champion: { version: old, recallAt1: 0 } });
    expect(measured).toEqual([join(folder, "champion", old)]);
    expect(await readdir(join(folder, "champion", old))).toContain("weights.safetensors");
    expect(there.asked.slice(1)).toEqual([`fetch ${old}`, `promote ${challenger} from ${old}`]);
  });

  it("asks the gate again where another promotion came first", async () => {
    const there = registry(null, 1);
    const { decision, measured } = await publish(there);
    expect(measured).toEqual([null, join(folder, "champion", old)]);
    expect(decision).toMatchObject({ promoted: true, champion: { version: old } });
    expect(there.asked.slice(1)).toEqual([
      `promote ${challenger} from null`,
      `fetch ${old}`,
      `promote ${challenger} from ${old}`,
    ]);
  });

  it("gives up after three of them", async () => {
    const there = registry(old, 9);
    const { decision } = await publish(there);
    expect(decision).toMatchObject({ promoted: false, challenger: { version: challenger } });
    expect(there.asked.filter((line) => line.startsWith("promote"))).toHaveLength(3);
  });

  it("measures nothing where the job wants no comparison", async () => {
    const always = registry(old, 0);
    const { decision, measured } = await publish(always, "always");
    expect(decision).toMatchObject({ promoted: true, reason: "the job asked for it", p: null });
    expect(measured).toEqual([]);
    const never = registry(old, 0);
    expect((await publish(never, "never")).decision).toMatchObject({ promoted: false });
    expect(never.asked).toHaveLength(1);
  });
});
