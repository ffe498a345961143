import { readFile, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { Model } from "../../shared/model.ts";
import { inferShapes } from "../../shared/network/shapes.ts";
import {
  decodePackage,
  encodePackage,
  type Package,
  type PackageContent,
  type PackageFiles,
} from "../../shared/package/codec.ts";
import { FORMAT, type Manifest } from "../../shared/package/manifest.ts";
import { SIGNATURE_FILE } from "../../shared/package/signature.ts";
import { int8Obstacle } from "../../shared/quantization/activations.ts";
import type { Dataset } from "../data/folder.ts";
import type { Split } from "../data/split.ts";
import { UserError } from "../error.ts";
import type { Decisions } from "../evaluate/decide.ts";
import { embedItems } from "../evaluate/embed.ts";
import { type Evaluation, evaluate } from "../evaluate/evaluate.ts";
import { writeAtomically } from "../files.ts";
import { gatherPixels } from "../data/inputs/pixels.ts";
import type { Learner } from "../training/learner.ts";
import type { RunRecord } from "../runs/record.ts";
import { METHODS } from "../methods/methods.ts";
import { calibrateInt8 } from "./calibrateInt8.ts";
import { ENGINE } from "./engine.ts";
import { exportLearner } from "./learner.ts";

export type QuantizationScheme = Manifest["quantization"]["scheme"];

export interface ExportResult {
  files: PackageFiles;
  manifest: Manifest;
  /** The evaluation on the test classes with the exported weights, or null if there are no test classes. */
  evaluation: Evaluation | null;
}

/** Pixels of all calibration images. More would take memory and change little. */
const CALIBRATION_PIXELS = 2_000_000;
const CALIBRATION_IMAGES = 256;

/** Images of the training classes, evenly spread. */
function calibrationPixels(data: Dataset, { train }: Split): Uint8Array {
  const affordable = Math.floor(CALIBRATION_PIXELS / (data.width * data.height));
  const count = Math.min(train.length, CALIBRATION_IMAGES, Math.max(1, affordable));
  const items = Array.from(
    { length: count },
    (_, i) => train[Math.floor((i * train.length) / count)]!,
  );
  return gatherPixels(data, items);
}

const hasObstacle = (network: PackageContent["network"], input: PackageContent["input"]) =>
  int8Obstacle(network, inferShapes(network, input).outputs) !== undefined;

/**
 * Packs a trained network: folds it, quantizes it and measures the cost of quantization.
 *
 * A network that int8 arithmetic does not support gets int8 weights for float32 arithmetic.
 *
 * @param float32 the evaluation of the learner on the test classes, or null if there are none
 * @throws UserError that names the layer if the edge cannot run one
 */
export async function exportPackage(
  learner: Learner,
  { config, fingerprint, started, versions }: RunRecord,
  { data, split }: { data: Dataset; split: Split },
  decisions: Decisions,
  float32: Evaluation | null,
  asked: QuantizationScheme,
): Promise<ExportResult> {
  const exported = exportLearner(learner);
  const { network } = exported;
  const classesOf = (items: number[]) => new Set(items.map((item) => data.labels[item])).size;
  const unmeasured = { float32: float32?.recallByD ?? {}, exported: {} };
  const input: PackageContent["input"] = {
    width: data.width,
    height: data.height,
    margin: data.margin ?? 0,
    ...learner.normalization,
    resize: "triangle",
    fit: data.fit ?? "stretch",
    decode: data.decode,
  };
  const scheme =
    asked === "int8" && hasObstacle(network, input) ? "int8-per-output-channel" : asked;
  const { stated, tensors } =
    scheme === "int8"
      ? calibrateInt8(network, exported.tensors, input, calibrationPixels(data, split))
      : { stated: undefined, tensors: exported.tensors };
  const draft: PackageContent = {
    format: FORMAT,
    name: config.name,
    // The time of the run, so that exporting the run again gives the same version.
    created: started,
    input,
    embedding: { dimensions: learner.dimensions },
    network,
    pddm: learner.shape,
    ...decisions,
    quantization: { scheme },
    training: {
      dataset: {
        name: basename(config.data),
        fingerprint,
        images: data.labels.length,
        trainClasses: classesOf(split.train),
        // Whether or not an image of them is left in the test: they are the last of all classes.
        testClasses: data.classes.length - classesOf([...split.train, ...split.heldOut]),
      },
      method: METHODS[config.method].title,
      seed: config.seed,
      config,
      metrics: unmeasured,
      versions,
    },
  };
  const model = await Model.open(
    await decodePackage(await encodePackage(draft, tensors, stated)),
    ENGINE,
  );
  const embed = (items: readonly number[]) => embedItems(model, data, items);
  const evaluation = float32 && evaluate(model, embed(split.test), config.seed);
  model.dispose();
  const metrics = { ...unmeasured, exported: evaluation?.recallByD ?? {} };
  const content = { ...draft, training: { ...draft.training, metrics } };
  const files = await encodePackage(content, tensors, stated);
  const { manifest } = await decodePackage(files);
  return { files, manifest, evaluation };
}

/** Writes the files to a folder and replaces those that are there. */
export async function writePackage(folder: string, files: PackageFiles): Promise<void> {
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await writeAtomically(join(unfinished, "weights.safetensors"), files.weights);
  await writeAtomically(join(unfinished, "manifest.json"), files.manifest);
  if (files.signature !== undefined) {
    await writeAtomically(join(unfinished, SIGNATURE_FILE), files.signature);
  }
  await rm(folder, { recursive: true, force: true });
  await rename(unfinished, folder);
}

/** Reads a package from a folder. @throws UserError if a file is missing, PackageError if one is broken */
export async function readPackage(folder: string): Promise<Package & { files: PackageFiles }> {
  const read = (file: string) =>
    readFile(join(folder, file)).catch(() => {
      throw new UserError(`${folder} is not a package: it has no ${file}`);
    });
  const files = {
    manifest: (await read("manifest.json")).toString("utf8"),
    weights: new Uint8Array(await read("weights.safetensors")),
    signature: await readFile(join(folder, SIGNATURE_FILE), "utf8").catch(() => undefined),
  };
  return Object.assign(await decodePackage(files), { files });
}
