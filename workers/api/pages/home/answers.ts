import * as z from "zod/mini";

/** Schemas of the parts of the API's answers that the page reads. */

const recall = z.record(z.string(), z.number());

export const infoSchema = z.object({
  model: z.string(),
  version: z.string(),
  created: z.string(),
  dimensions: z.number(),
  input: z.object({ width: z.number(), height: z.number() }),
  quantization: z.string(),
  weights: z.object({ bytes: z.number() }),
  ranking: z.object({
    by: z.enum(["s", "d"]),
    recall_at_1: z.object({ s: z.number(), d: z.number() }),
    classes: z.string(),
  }),
  training: z.object({
    dataset: z.string(),
    method: z.string(),
    images: z.number(),
    classes: z.object({ train: z.number(), test: z.number() }),
    metrics: z.object({ exported: recall }),
  }),
  limits: z.object({
    body_bytes: z.number(),
    images: z.number(),
    items: z.number(),
    pixels: z.number(),
  }),
  engine: z.object({ arithmetic: z.string() }),
});

export type Info = z.infer<typeof infoSchema>;

export const embedSchema = z.object({ embeddings: z.array(z.array(z.number())) });

export const similaritySchema = z.object({
  scores: z.array(z.number()),
  probabilities: z.array(z.number()),
  distances: z.array(z.number()),
});

/** The file samples.json, which scripts/lib/pages/samples.ts writes. */
export const samplesSchema = z.object({
  files: z.array(z.string()),
  drawings: z.array(
    z.object({
      title: z.string(),
      author: z.string(),
      source: z.string(),
      licence: z.string(),
      terms: z.string(),
    }),
  ),
});

export type Samples = z.infer<typeof samplesSchema>;
