import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { parseJson } from "../../shared/json.ts";
import { UserError } from "../error.ts";
import type { Measures } from "../evaluate/measures.ts";
import { writeAtomically } from "../files.ts";

const recallSchema = z.record(z.string(), z.number());

const rankingSchema = z.object({
  recall: recallSchema,
  mapAtR: z.number(),
  auc: z.number(),
  separation: z.object({
    low: z.number(),
    width: z.number(),
    same: z.array(z.number()),
    different: z.array(z.number()),
    overlap: z.number(),
  }),
});

const reliabilitySchema = z.object({
  bins: z.array(
    z.object({ low: z.number(), confidence: z.number(), same: z.number(), count: z.number() }),
  ),
  error: z.number(),
});

const measuresSchema: z.ZodType<Measures, unknown> = z
  .object({
    images: z.number(),
    classes: z.number(),
    queries: z.number().optional(),
    d: rankingSchema,
    s: rankingSchema,
    // Results of before it was measured lack it.
    gallery: rankingSchema.extend({ reliability: reliabilitySchema }).nullable().default(null),
    recallReranked: recallSchema,
    nmi: z.number(),
    reliability: reliabilitySchema,
    spread: z.object({ distance: z.number(), score: z.number() }),
  })
  // In results of before queries were sampled, all images were queries.
  .transform((measures) => ({ ...measures, queries: measures.queries ?? measures.images }));

/** How a control without training ranks and separates; see controls.ts. */
export const controlFiguresSchema = z.object({ recall: recallSchema, auc: z.number() });

/** A query of the contact sheet, with its nearest images: all by position in the data set. */
const contactSchema = z.object({
  query: z.number(),
  byD: z.array(z.number()),
  byS: z.array(z.number()),
});
export type Contact = z.infer<typeof contactSchema>;

export const runResultSchema = z.object({
  measures: measuresSchema,
  /** D of the same features, corrected by the density of both images among the training features. */
  density: controlFiguresSchema,
  /** Recognition of test classes from half of their images, accuracy averaged per class. */
  transfer: z.object({ classMeans: z.number(), neighbours: z.number() }),
  /** Hit@k by k, training classes among the answers. */
  zeroShot: z.record(z.string(), z.number()),
  /** That all steps took; null where that is not known, as the run was killed after the last one. */
  seconds: z.number().nullable(),
  /** The evaluations while it trained, on held-out classes or, where there are none, on training ones. */
  curve: z.array(
    z.object({
      step: z.number(),
      recallAt1: z.number(),
      /** Mean D of two features. */
      distance: z.number(),
      /** Standard deviation of S. */
      score: z.number(),
    }),
  ),
  /** What the last evaluation said of a collapse. */
  collapse: z.string().nullable(),
  contacts: z.array(contactSchema),
});

/** A trained run, measured. */
export type RunResult = z.infer<typeof runResultSchema>;

const FILE = "measures.json";

/**
 * What was kept of a run that is done.
 *
 * @returns null where the run is not done
 * @throws UserError where the file is damaged
 */
export async function readRunResult(folder: string): Promise<RunResult | null> {
  return readKept(join(folder, FILE), runResultSchema);
}

export async function keepRunResult(folder: string, result: RunResult): Promise<void> {
  await mkdir(folder, { recursive: true });
  await keep(join(folder, FILE), result);
}

/** Reads what `keep` wrote. @returns null where there is no file @throws UserError where it is damaged */
export async function readKept<T>(path: string, schema: z.ZodType<T>): Promise<T | null> {
  if (!existsSync(path)) return null;
  const parsed = schema.safeParse(parseJson(await readFile(path, "utf8")));
  if (parsed.success) return parsed.data;
  throw new UserError(`${path} is damaged: delete it, and it is measured again`);
}

export const keep = (path: string, value: unknown): Promise<void> =>
  writeAtomically(path, JSON.stringify(value) + "\n");
