import { existsSync } from "node:fs";
import { appendFile, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import * as z from "zod";
import { parseJson } from "../../shared/json.ts";
import { PackageError } from "../../shared/package/error.ts";
import { decodeSafetensors, encodeSafetensors } from "../../shared/package/safetensors.ts";
import { type Config, configSchema } from "./config.ts";
import { type Decisions, decisionsSchema } from "../evaluate/decide.ts";
import { UserError } from "../error.ts";
import { writeAtomically } from "../files.ts";
import { expectFinite } from "../finite.ts";

const recordSchema = z.strictObject({
  config: configSchema,
  /** Of the data set, so that a resumed run trains on the same images. */
  fingerprint: z.string(),
  started: z.iso.datetime(),
  versions: z.record(z.string(), z.string()),
});

/** What every line of metrics.jsonl has. */
const lineSchema = z.object({ step: z.number() });

/** What a run was started with. */
export type RunRecord = z.infer<typeof recordSchema>;

/** The name under which a checkpoint keeps how many steps are done. */
const STEP = "step";

const CHECKPOINT = "checkpoint.safetensors";
const BEST = "best.safetensors";
const RESULT = "result.safetensors";
const DECISIONS = "decisions.json";

const recallSchema = z.record(z.string(), z.number());
const evaluationLineSchema = z.object({
  step: z.number(),
  evaluation: z.object({
    recallByD: recallSchema,
    recallByS: recallSchema,
    aucByD: z.number(),
    aucByS: z.number(),
    spread: z.object({ distance: z.number(), score: z.number() }),
  }),
  collapse: z.string().nullable(),
});

/** A line of metrics.jsonl that holds an evaluation. */
export type EvaluationLine = z.infer<typeof evaluationLineSchema>;

/**
 * The folder of a run:
 *
 *     config.json               what it was started with
 *     metrics.jsonl             a line per step, a line per evaluation
 *     checkpoint.safetensors    weights, batch-norm statistics, optimizer state, step
 *     best.safetensors          weights of the best evaluation, where --patience asks for it
 *     decisions.json            what held-out classes decided of it: probabilities, and what ranks
 *     result.safetensors        what the run ended with
 *     package/                  the exported model
 */
export class Run {
  constructor(readonly folder: string) {}

  private readonly path = (file: string) => join(this.folder, file);

  get packageFolder(): string {
    return this.path("package");
  }

  get hasPackage(): boolean {
    return existsSync(join(this.packageFolder, "manifest.json"));
  }

  get exists(): boolean {
    return existsSync(this.path("config.json"));
  }

  /** @throws UserError where a run of this name is there already */
  async create(record: RunRecord): Promise<void> {
    if (this.exists) {
      throw new UserError(
        `${this.folder} holds a run already: resume it (--resume), choose another --name, or delete it`,
      );
    }
    await mkdir(this.folder, { recursive: true });
    await writeAtomically(this.path("config.json"), JSON.stringify(record, null, 2) + "\n");
  }

  /** @throws UserError where there is no run, or its record does not fit */
  async record(): Promise<RunRecord> {
    if (!this.exists) throw new UserError(`there is no run in ${this.folder}`);
    const parsed = recordSchema.safeParse(
      parseJson(await readFile(this.path("config.json"), "utf8")),
    );
    if (!parsed.success) {
      const { path, message } = parsed.error.issues[0]!;
      throw new UserError(
        `${this.path("config.json")} at ${path.map(String).join(".") || "the top level"}: ${message}; ` +
          "another version may have written it: start a new run (--name)",
      );
    }
    return parsed.data;
  }

  async log(line: Record<string, unknown>): Promise<void> {
    await appendFile(this.path("metrics.jsonl"), JSON.stringify(line) + "\n");
  }

  /** Drops the metrics of steps after `step`: a resumed run goes through these again. */
  async truncateLog(step: number): Promise<void> {
    const path = this.path("metrics.jsonl");
    if (!existsSync(path)) return;
    // The process may have been killed while it wrote the last line.
    const kept = (await readFile(path, "utf8")).split("\n").filter((line) => {
      const parsed = lineSchema.safeParse(parseJson(line));
      return parsed.success && parsed.data.step <= step;
    });
    await writeAtomically(path, kept.map((line) => line + "\n").join(""));
  }

  /** The evaluations so far, in order: what the metrics' lines say of them. */
  async evaluations(): Promise<EvaluationLine[]> {
    const path = this.path("metrics.jsonl");
    if (!existsSync(path)) return [];
    return (await readFile(path, "utf8")).split("\n").flatMap((line) => {
      const parsed = evaluationLineSchema.safeParse(parseJson(line));
      return parsed.success ? [parsed.data] : [];
    });
  }

  /**
   * @param state every variable that the run needs to go on, by name
   * @throws NonFiniteError, before anything is written, where a value is NaN or infinite
   */
  save(step: number, state: ReadonlyMap<string, tf.Variable>): Promise<void> {
    return this.write(CHECKPOINT, step, state);
  }

  /** Keeps the variables of the best evaluation so far. */
  saveBest(step: number, state: ReadonlyMap<string, tf.Variable>): Promise<void> {
    return this.write(BEST, step, state);
  }

  private async write(
    file: string,
    step: number,
    state: ReadonlyMap<string, tf.Variable>,
  ): Promise<void> {
    const tensors = Array.from(
      state,
      ([name, variable]) =>
        [name, { shape: variable.shape, values: variable.dataSync<"float32">() }] as const,
    );
    for (const [name, { values }] of tensors) expectFinite(values, `the values of "${name}"`);
    const bytes = encodeSafetensors(
      new Map([[STEP, { shape: [1], values: Float32Array.of(step) }], ...tensors]),
    );
    await writeAtomically(this.path(file), bytes);
  }

  /**
   * Puts the last checkpoint's values into the variables.
   *
   * @returns how many steps were done, 0 where there is no checkpoint
   * @throws UserError where the checkpoint is damaged or lacks a variable
   */
  restore(state: ReadonlyMap<string, tf.Variable>): Promise<number> {
    return this.read(CHECKPOINT, state);
  }

  /** Puts the best evaluation's values into the variables, as `restore` does the last. */
  restoreBest(state: ReadonlyMap<string, tf.Variable>): Promise<number> {
    return this.read(BEST, state);
  }

  /** Keeps what the run ended with: it is done. */
  async saveResult(
    step: number,
    state: ReadonlyMap<string, tf.Variable>,
    decisions: Decisions,
  ): Promise<void> {
    await writeAtomically(this.path(DECISIONS), JSON.stringify(decisions, null, 2) + "\n");
    await this.write(RESULT, step, state);
  }

  /** @throws UserError where they are not there, or damaged */
  async decisions(): Promise<Decisions> {
    const path = this.path(DECISIONS);
    const text = await readFile(path, "utf8").catch(() => "");
    const parsed = decisionsSchema.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    throw new UserError(
      `${path} is missing or damaged; delete ${this.path(RESULT)} and resume the run, which makes both anew`,
    );
  }

  get isDone(): boolean {
    return existsSync(this.path(RESULT));
  }

  /** Puts what the run ended with into the variables, as `restore` does the last checkpoint. */
  restoreResult(state: ReadonlyMap<string, tf.Variable>): Promise<number> {
    return this.read(RESULT, state);
  }

  private async read(file: string, state: ReadonlyMap<string, tf.Variable>): Promise<number> {
    const path = this.path(file);
    if (!existsSync(path)) return 0;
    const tensors = await decodeCheckpoint(path, await readFile(path));
    for (const [name, variable] of state) {
      const saved = tensors.get(name);
      if (saved?.shape.join() !== variable.shape.join()) {
        throw new UserError(`${path} has no "${name}" of shape [${variable.shape.join()}]`);
      }
      tf.tidy(() => {
        variable.assign(tf.tensor(saved.values, saved.shape, "float32"));
      });
    }
    const step = tensors.get(STEP)?.values[0];
    if (step === undefined) throw new UserError(`${path} says no step, so the run cannot go on`);
    return step;
  }
}

async function decodeCheckpoint(path: string, bytes: Uint8Array) {
  try {
    return await decodeSafetensors(bytes);
  } catch (error) {
    if (!(error instanceof PackageError)) throw error;
    throw new UserError(`${path} is damaged, so the run cannot go on; start a new one (--name)`);
  }
}

/** A new run's record. */
export function newRecord(config: Config, fingerprint: string): RunRecord {
  return {
    config,
    fingerprint,
    started: new Date().toISOString(),
    versions: { node: process.versions.node, tfjs: tf.version_core },
  };
}
