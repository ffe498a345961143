import { Model } from "../../shared/model.ts";
import { decodePackage, type Package } from "../../shared/package/codec.ts";
import { openEngine } from "../api/engine/backend.ts";
import { loadModel } from "../api/models/load.ts";
import { warmUp } from "../api/models/warmUp.ts";
import { manifestKey, weightsKey } from "../storage/layout.ts";
import type { Subject } from "./protocol.ts";

export interface PackageId {
  name: string;
  version: string;
}

/** Reads the two files of a package from the bucket. */
export async function readFiles(bucket: R2Bucket, { name, version }: PackageId) {
  const [manifest, weights] = await Promise.all(
    [manifestKey(name, version), weightsKey(name, version)].map((key) => bucket.get(key)),
  );
  if (!manifest || !weights) throw new Error(`the bucket has no ${name}@${version}`);
  return {
    manifest: await manifest.text(),
    weights: new Uint8Array(await weights.arrayBuffer()),
  };
}

/** Opens tfjs and reads the content of a package. */
export async function readPackage(bucket: R2Bucket, id: PackageId): Promise<Package> {
  await openEngine();
  return decodePackage(await readFiles(bucket, id));
}

const OPEN: Record<Subject, (bucket: R2Bucket, id: PackageId) => Promise<Model>> = {
  engine: async (bucket, { name, version }) => {
    const { signal } = new AbortController();
    const model = await loadModel({ bucket, arithmetic: "auto" }, name, version, signal);
    await openEngine();
    warmUp(model);
    return model;
  },
  tfjs: async (bucket, id) => Model.open(await readPackage(bucket, id)),
};

const models = new Map<string, Promise<Model>>();

/** The model of a package for a subject, loaded once. */
export function openModel(subject: Subject, bucket: R2Bucket, id: PackageId): Promise<Model> {
  const key = `${subject}:${id.name}@${id.version}`;
  const model = models.get(key) ?? OPEN[subject](bucket, id);
  models.set(key, model);
  return model;
}

/** Bytes of WebAssembly memory that open models have outside the heap of tfjs. */
export async function ownBytes(): Promise<number> {
  const all = await Promise.all(models.values());
  return all.reduce((sum, model) => sum + model.ownBytes, 0);
}
