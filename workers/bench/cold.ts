import { Model } from "../../shared/model.ts";
import { decodePackage, type Package, type PackageFiles } from "../../shared/package/codec.ts";
import { sha256 } from "../../shared/package/digest.ts";
import { openEngine } from "../api/engine/backend.ts";
import { engineOf } from "../api/engine/engine.ts";
import { testPixels } from "./data.ts";
import type { COLD_STEPS } from "./protocol.ts";
import { type PackageId, readFiles } from "./subjects.ts";

type Step = (typeof COLD_STEPS)[number];

/** What the steps before have left. */
let files: PackageFiles | undefined;
let content: Package | undefined;
let model: Model | undefined;

function left<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("a cold step came before the one that it builds on");
  return value;
}

/**
 * What engine/load.ts does tensor by tensor, as the file arrives, one after the other for the whole
 * file, a step a request; `wasm`, the backend of tfjs, only where it computes.
 */
const STEPS: Record<Step, (bucket: R2Bucket, id: PackageId) => Promise<void>> = {
  wasm: openEngine,
  read: async (bucket, id) => {
    files = await readFiles(bucket, id);
  },
  hash: async () => {
    await sha256(left(files).weights);
  },
  // Hashes once more: what it takes beside that is the step before, subtracted.
  decode: async () => {
    content = await decodePackage(left(files));
  },
  upload: async () => {
    model = await Model.open(left(content), engineOf("auto"));
    return Promise.resolve();
  },
  embed: () => {
    const { manifest } = left(model);
    left(model).embed(testPixels(manifest.input));
    return Promise.resolve();
  },
};

export const runColdStep = (step: Step, bucket: R2Bucket, id: PackageId): Promise<void> =>
  STEPS[step](bucket, id);
