import { readFile, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { Model } from "../../shared/model.ts";
import {
  decodePackage,
  encodePackage,
  type Package,
  type PackageContent,
  type PackageFiles,
} from "../../shared/package/codec.ts";
import { FORMAT, type Manifest } from "../../shared/package/manifest.ts";
import type { Dataset } from "../data/folder.ts";
import type { Split } from "../data/split.ts";
import { UserError } from "../error.ts";
import { calibrate } from "../evaluate/calibrate.ts";
import { embedItems, type Evaluation, evaluate, measurePairs } from "../evaluate/evaluate.ts";
import { type LabelledPairs, samplePairs } from "../evaluate/pairs.ts";
import { writeAtomically } from "../files.ts";
import { INPUT_MEAN, INPUT_STD, type Learner } from "../learner.ts";
import type { RunRecord } from "../run.ts";
import { exportNetwork } from "./network.ts";

export type QuantizationScheme = Manifest["quantization"]["scheme"];

export interface ExportResult {
  files: PackageFiles;
  manifest: Manifest;
  /** On the test classes, with the exported weights; null where there are none. */
  evaluation: Evaluation | null;
}

type Calibration = Manifest["calibration"];

const count = (same: boolean[], value: boolean) => same.filter((it) => it === value).length;

/** Pairs of held-out classes, or of training classes where the held-out ones have too few. */
function calibrationPairs(
  data: Dataset,
  split: Split,
  seed: number,
): { classes: Calibration["classes"]; items: number[]; pairs: LabelledPairs } {
  const pairsOf = (items: number[]) =>
    samplePairs(
      items.map((item) => data.labels[item]),
      seed,
    );
  const heldOut = pairsOf(split.heldOut);
  if (count(heldOut.same, true) > 0 && count(heldOut.same, false) > 0) {
    return { classes: "held-out", items: split.heldOut, pairs: heldOut };
  }
  return { classes: "training", items: split.train, pairs: pairsOf(split.train) };
}

function calibrateModel(model: Model, data: Dataset, split: Split, seed: number): Calibration {
  const { classes, items, pairs } = calibrationPairs(data, split, seed);
  const d = model.manifest.embedding.dimensions;
  const { scores } = measurePairs(model, embedItems(model, data, items), d, pairs);
  return {
    ...calibrate(scores, pairs.same),
    prior: 0.5,
    classes,
    pairs: { positive: count(pairs.same, true), negative: count(pairs.same, false) },
  };
}

/**
 * Packs a trained network: folds, quantizes, calibrates S on the quantized weights and measures what
 * quantization cost.
 *
 * @param float32 the evaluation of the learner on the test classes, null where there are none
 * @throws UserError that names the layer which the edge cannot run
 */
export async function exportPackage(
  learner: Learner,
  { config, fingerprint, started, versions }: RunRecord,
  data: Dataset,
  split: Split,
  float32: Evaluation | null,
  scheme: QuantizationScheme,
): Promise<ExportResult> {
  const { network, tensors } = exportNetwork(learner.network);
  for (const [name, variable] of learner.state) {
    if (!name.startsWith("pddm/")) continue;
    tensors.set(name, { shape: variable.shape, values: variable.dataSync<"float32">() });
  }
  const classesOf = (items: number[]) => new Set(items.map((item) => data.labels[item])).size;
  const unmeasured = { float32: float32?.recallByD ?? {}, exported: {} };
  const draft: PackageContent = {
    format: FORMAT,
    name: config.name,
    // Of the run, so that exporting it again gives the same version.
    created: started,
    input: {
      width: data.width,
      height: data.height,
      mean: INPUT_MEAN,
      std: INPUT_STD,
      resize: "stretch-triangle",
    },
    embedding: { dimensions: learner.dimensions },
    network,
    pddm: { form: config.pddm, hidden: config.hidden },
    calibration: {
      slope: 1,
      intercept: 0,
      prior: 0.5,
      classes: "training",
      pairs: { positive: 1, negative: 1 },
    },
    quantization: { scheme },
    training: {
      dataset: {
        name: basename(config.data),
        fingerprint,
        images: data.labels.length,
        trainClasses: classesOf(split.train),
        testClasses: classesOf(split.test),
      },
      method: `PDDM ${config.pddm}, mining ${config.mining}`,
      seed: config.seed,
      config,
      metrics: unmeasured,
      versions,
    },
  };
  const model = new Model(await decodePackage(await encodePackage(draft, tensors)));
  const calibration = calibrateModel(model, data, split, config.seed);
  const evaluation = float32 && evaluate(model, data, split.test, config.seed);
  model.dispose();
  const metrics = { ...unmeasured, exported: evaluation?.recallByD ?? {} };
  const content = { ...draft, calibration, training: { ...draft.training, metrics } };
  const files = await encodePackage(content, tensors);
  const { manifest } = await decodePackage(files);
  return { files, manifest, evaluation };
}

/** Writes the two files into a folder, in place of what was there. */
export async function writePackage(folder: string, files: PackageFiles): Promise<void> {
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await writeAtomically(join(unfinished, "weights.safetensors"), files.weights);
  await writeAtomically(join(unfinished, "manifest.json"), files.manifest);
  await rm(folder, { recursive: true, force: true });
  await rename(unfinished, folder);
}

/** @throws UserError where a file is missing, PackageError where one is broken */
export async function readPackage(folder: string): Promise<Package & { files: PackageFiles }> {
  const read = (file: string) =>
    readFile(join(folder, file)).catch(() => {
      throw new UserError(`${folder} is not a package: it has no ${file}`);
    });
  const files = {
    manifest: (await read("manifest.json")).toString("utf8"),
    weights: new Uint8Array(await read("weights.safetensors")),
  };
  return { ...(await decodePackage(files)), files };
}
