import type { Say } from "../console/say.ts";
import { recallTable } from "../console/tables.ts";
import { type Evaluation, evaluate } from "../evaluate/evaluate.ts";
import { testObstacle } from "../evaluate/testable.ts";
import { exportPackage, type QuantizationScheme, writePackage } from "../export/package.ts";
import type { Learner } from "../training/learner.ts";
import type { TrainingContext } from "../training/train.ts";
import { reopen } from "./reopen.ts";
import type { Run } from "./run.ts";

/** What package to make, and where. */
interface Target {
  scheme: QuantizationScheme;
  folder: string;
  /** Signs a manifest.json. */
  sign?: (manifest: string) => string;
}

/** Packs a trained run, and says what quantization costs. @param float32 the evaluation to compare with */
export async function exportRun(
  run: Run,
  learner: Learner,
  prepared: TrainingContext,
  float32: Evaluation | null,
  { scheme, folder, sign }: Target,
  say: Say,
): Promise<void> {
  const record = await run.record();
  const decisions = await run.decisions();
  const exported = await exportPackage(learner, record, prepared, decisions, float32, scheme);
  await writePackage(folder, { ...exported.files, signature: sign?.(exported.files.manifest) });
  const { name, version, weights, calibration, quantization } = exported.manifest;
  const kilobytes = (weights.bytes / 1024).toFixed(0);
  say(
    `Package ${name}@${version}: ${kilobytes} KiB of weights (${quantization.scheme}) in ${folder}`,
  );
  if (calibration.classes === "training") {
    say("Too few classes to hold any out: probabilities are calibrated on training classes.");
  }
  if (float32 && exported.evaluation) {
    const rows: [string, Evaluation][] = [
      ["float32", float32],
      ["as exported", exported.evaluation],
    ];
    say(recallTable(rows.map(([label, { recallByD }]) => [label, recallByD])));
  }
}

/** Exports a trained run again, e.g. with float32 weights. @throws UserError as `reopen` */
export async function exportAgain(
  run: Run,
  target: Target,
  say: Say,
  signal: AbortSignal,
): Promise<void> {
  const { config, learner, prepared } = await reopen(run, say, signal);
  const { inputs, split, data } = prepared;
  const evaluation =
    testObstacle(data, split) === null
      ? evaluate(learner, learner.embed(inputs, split.test, data.labels), config.seed)
      : null;
  await exportRun(run, learner, prepared, evaluation, target, say);
  learner.dispose();
}
