import { existsSync } from "node:fs";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseJson } from "../../shared/json.ts";
import { UserError } from "../error.ts";
import { type Decisions, decisionsSchema } from "../evaluate/decide.ts";
import { writeAtomically } from "../files.ts";
import { readCheckpoint, type State, writeCheckpoint } from "./checkpoint.ts";
import { Metrics } from "./metrics.ts";
import { type RunRecord, recordSchema } from "./record.ts";
import { UnfitRun } from "./unfitRun.ts";

const CHECKPOINT = "checkpoint.safetensors";
const BEST = "best.safetensors";
const RESULT = "result.safetensors";
const DECISIONS = "decisions.json";

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
  readonly metrics: Metrics;

  constructor(readonly folder: string) {
    this.metrics = new Metrics(this.path("metrics.jsonl"));
  }

  private path(file: string): string {
    return join(this.folder, file);
  }

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
    if (!this.exists) throw await this.missing();
    const parsed = recordSchema.safeParse(
      parseJson(await readFile(this.path("config.json"), "utf8")),
    );
    if (!parsed.success) {
      const { path, message } = parsed.error.issues[0]!;
      throw new UnfitRun(
        `${this.path("config.json")} at ${path.map(String).join(".") || "the top level"}: ${message}`,
        "another version may have written it: start a new run (--name)",
      );
    }
    return parsed.data;
  }

  private async missing(): Promise<UserError> {
    const parent = dirname(this.folder);
    const names = await readdir(parent).catch(() => []);
    const runs = names.filter((name) => new Run(join(parent, name)).exists).sort();
    const others = runs.length > 0 ? `; runs there: ${runs.join(", ")}` : "";
    return new UserError(`there is no run in ${this.folder}${others}`);
  }

  /** @param state every variable that the run needs to go on @throws NonFiniteError as `writeCheckpoint` */
  save(step: number, state: State): Promise<void> {
    return writeCheckpoint(this.path(CHECKPOINT), step, state);
  }

  /** Keeps the variables of the best evaluation so far. */
  saveBest(step: number, state: State): Promise<void> {
    return writeCheckpoint(this.path(BEST), step, state);
  }

  /** Puts the last checkpoint's values into the variables, as `readCheckpoint`. */
  restore(state: State): Promise<number> {
    return readCheckpoint(this.path(CHECKPOINT), state);
  }

  /** Puts the best evaluation's values into the variables, as `restore` does the last. */
  restoreBest(state: State): Promise<number> {
    return readCheckpoint(this.path(BEST), state);
  }

  /** Keeps what the run ended with: it is done. */
  async saveResult(step: number, state: State, decisions: Decisions): Promise<void> {
    await writeAtomically(this.path(DECISIONS), JSON.stringify(decisions, null, 2) + "\n");
    await writeCheckpoint(this.path(RESULT), step, state);
  }

  /** @throws UserError where they are not there, or damaged */
  async decisions(): Promise<Decisions> {
    const path = this.path(DECISIONS);
    const text = await readFile(path, "utf8").catch(() => "");
    const parsed = decisionsSchema.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    throw new UserError(
      `${path} is missing or damaged; delete ${this.path(RESULT)} and resume the run, which makes both again`,
    );
  }

  get isDone(): boolean {
    return existsSync(this.path(RESULT));
  }

  /** Puts what the run ended with into the variables, as `restore` does the last checkpoint. */
  restoreResult(state: State): Promise<number> {
    return readCheckpoint(this.path(RESULT), state);
  }
}
