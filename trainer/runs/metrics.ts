import { existsSync } from "node:fs";
import { appendFile, readFile } from "node:fs/promises";
import * as z from "zod";
import { parseJson } from "../../shared/json.ts";
import { writeAtomically } from "../files.ts";

/** What every line has. */
const lineSchema = z.object({ step: z.number() });

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

/** A line that holds an evaluation. */
export type EvaluationLine = z.infer<typeof evaluationLineSchema>;

/** What a run measures while it trains: a file of JSON lines, one per step and one per evaluation. */
export class Metrics {
  constructor(private readonly path: string) {}

  async log(line: Record<string, unknown>): Promise<void> {
    await appendFile(this.path, JSON.stringify(line) + "\n");
  }

  /** Drops the lines of steps after `step`: a resumed run goes through these again. */
  async truncate(step: number): Promise<void> {
    const lines = await this.lines();
    if (lines.length === 0) return;
    // The process may have been killed while it wrote the last line.
    const kept = lines.filter((line) => {
      const parsed = lineSchema.safeParse(parseJson(line));
      return parsed.success && parsed.data.step <= step;
    });
    await writeAtomically(this.path, kept.map((line) => line + "\n").join(""));
  }

  /** The evaluations so far, in order. */
  async evaluations(): Promise<EvaluationLine[]> {
    return (await this.lines()).flatMap((line) => {
      const parsed = evaluationLineSchema.safeParse(parseJson(line));
      return parsed.success ? [parsed.data] : [];
    });
  }

  private async lines(): Promise<string[]> {
    return existsSync(this.path) ? (await readFile(this.path, "utf8")).split("\n") : [];
  }
}
