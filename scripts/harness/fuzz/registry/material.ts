import { createHash } from "node:crypto";
import {
  contentsLine,
  DATASET_FORMAT,
  type DatasetEntry,
  type DatasetIndex,
  datasetVersion,
  entryLine,
} from "../../../../shared/dataset/dataset.ts";
import type { PackageFiles } from "../../../../shared/package/codec.ts";
import { contentVersion, parseManifest } from "../../../../shared/package/manifest.ts";

/** What nothing may harm. No case names it where it would be right to change it. */
export const STEADY = "steady";

/** The data sets and the models that cases change. */
export const NAMES = ["first", "second"] as const;

export interface SmallDataset {
  index: DatasetIndex;
  entries: DatasetEntry[];
  version: string;
  shards: Buffer[];
}

/** A package with the name and the version in its manifest. */
export interface SmallPackage extends PackageFiles {
  name: string;
  version: string;
}

export const digestOf = (bytes: string | Uint8Array): string =>
  createHash("sha256").update(bytes).digest("hex");

/** A data set of six images in two shards. They are no images, for the registry looks at none. */
async function drawDataset(name: string, seed: number): Promise<SmallDataset> {
  const shards = [0, 1].map((shard) => Buffer.from(`${name} ${seed} ${shard} `.repeat(100)));
  const entries = Array.from({ length: 6 }, (_, at) => ({
    key: `class-${at % 3}/${at}.png`,
    class: `class-${at % 3}`,
    bytes: 10 + at,
    sha256: digestOf(`${name} ${seed} ${at}`),
    shard: at % shards.length,
  })).sort((a, b) => (a.key < b.key ? -1 : 1));
  const index: DatasetIndex = {
    format: DATASET_FORMAT,
    name,
    images: entries.length,
    classes: 3,
    bytes: entries.reduce((sum, { bytes }) => sum + bytes, 0),
    trainClasses: 2,
    classNames: ["class-0", "class-1", "class-2"],
    shards: shards.map((shard) => ({ sha256: digestOf(shard), bytes: shard.length })),
    entries: digestOf(entries.map(entryLine).join("")),
  };
  const contents = digestOf(entries.map(contentsLine).join(""));
  return { index, entries, shards, version: await datasetVersion(index, contents) };
}

/** A package under another name. @param seed another gives another version */
async function rename(files: PackageFiles, name: string, seed: number): Promise<SmallPackage> {
  const manifest = await parseManifest(files.manifest);
  const content = { ...manifest, name, training: { ...manifest.training, seed } };
  const version = await contentVersion(content);
  return {
    name,
    version,
    manifest: JSON.stringify({ ...content, version }),
    weights: files.weights,
  };
}

/** What the registry holds, and what requests are made from. */
export interface Material {
  /** The first is the steady one. */
  datasets: SmallDataset[];
  /** The first is the steady one. */
  packages: SmallPackage[];
}

const SEEDS = [1, 2];

/** @param files any package */
export async function drawMaterial(files: PackageFiles): Promise<Material> {
  const all = NAMES.flatMap((name) => SEEDS.map((seed) => ({ name, seed })));
  const named = [{ name: STEADY, seed: 1 }, ...all];
  return {
    datasets: await Promise.all(named.map(({ name, seed }) => drawDataset(name, seed))),
    packages: await Promise.all(named.map(({ name, seed }) => rename(files, name, seed))),
  };
}
