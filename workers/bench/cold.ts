import { Model } from "../../shared/model.ts";
import { decodePackage, type Package, type PackageFiles } from "../../shared/package/codec.ts";
import { sha256 } from "../../shared/package/digest.ts";
import { openEngine } from "../api/engine/backend.ts";
import { engineOf } from "../api/engine/engine.ts";
import { testPixels } from "./data.ts";
import type { COLD_STEPS } from "./protocol.ts";
import { type PackageId, readFiles } from "./subjects.ts";

type Step = (typeof COLD_STEPS)[number];

/** Results of the earlier steps. */
let files: PackageFiles | undefined;
let content: Package | undefined;
let model: Model | undefined;

function left<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("a cold step needs an earlier step that has not run");
  return value;
}

/**
 * The steps of a cold start. models/load.ts does them per tensor as the file arrives; here each is done for the
 * whole file and takes one request. `wasm` opens the backend of tfjs and runs only if tfjs computes.
 */
const STEPS: Record<Step, (bucket: R2Bucket, id: PackageId) => Promise<void>> = {
  wasm: openEngine,
  read: async (bucket, id) => {
    files = await readFiles(bucket, id);
  },
  hash: async () => {
    await sha256(left(files).weights);
  },
  // Decoding hashes the file again, so the time of the previous step is subtracted.
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
