import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import * as tf from "@tensorflow/tfjs-core";
import { PackageError } from "../../shared/package/error.ts";
import { decodeSafetensors, encodeSafetensors } from "../../shared/package/safetensors.ts";
import { writeAtomically } from "../files.ts";
import { expectFinite } from "../finite.ts";
import { UnfitRun } from "./unfitRun.ts";

/** Variables by name. */
export type State = ReadonlyMap<string, tf.Variable>;

/** The name under which a checkpoint keeps how many steps are done. */
const STEP = "step";

const REMEDY = "start a new run (--name)";

/**
 * Writes the values of variables, and how many steps are done.
 *
 * @throws NonFiniteError, before anything is written, where a value is NaN or infinite
 */
export async function writeCheckpoint(path: string, step: number, state: State): Promise<void> {
  const tensors = Array.from(
    state,
    ([name, variable]) =>
      [name, { shape: variable.shape, values: variable.dataSync<"float32">() }] as const,
  );
  for (const [name, { values }] of tensors) expectFinite(values, `the values of "${name}"`);
  const bytes = encodeSafetensors(
    new Map([[STEP, { shape: [1], values: Float32Array.of(step) }], ...tensors]),
  );
  await writeAtomically(path, bytes);
}

/**
 * Puts the values of a checkpoint into the variables.
 *
 * @returns how many steps were done, 0 where there is no checkpoint
 * @throws UnfitRun where the checkpoint is damaged or lacks a variable
 */
export async function readCheckpoint(path: string, state: State): Promise<number> {
  if (!existsSync(path)) return 0;
  const tensors = await decode(path);
  for (const [name, variable] of state) {
    const saved = tensors.get(name);
    if (saved?.shape.join() !== variable.shape.join()) {
      throw new UnfitRun(`${path} has no "${name}" of shape [${variable.shape.join()}]`, REMEDY);
    }
    tf.tidy(() => {
      variable.assign(tf.tensor(saved.values, saved.shape, "float32"));
    });
  }
  const step = tensors.get(STEP)?.values[0];
  if (step === undefined) throw new UnfitRun(`${path} says no step`, REMEDY);
  return step;
}

async function decode(path: string) {
  try {
    return await decodeSafetensors(await readFile(path));
  } catch (error) {
    if (!(error instanceof PackageError)) throw error;
    throw new UnfitRun(`${path} is damaged`, REMEDY);
  }
}
