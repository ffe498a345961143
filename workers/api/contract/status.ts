import * as z from "zod";
import { contract } from "./contract.ts";
import { answeredBy, modelQuery } from "./model.ts";
import { rankingSchema } from "./similarity.ts";

export const healthz = contract({
  method: "get",
  path: "/healthz",
  summary: "Whether the Worker runs",
  description: "Answers as long as the Worker runs, whatever its configuration.",
  public: true,
  answer: {
    description: "It runs.",
    schema: z.strictObject({ status: z.literal("alive") }).meta({ id: "Health" }),
  },
  errors: [],
});

export const readyz = contract({
  method: "get",
  path: "/readyz",
  summary: "Whether a model answers",
  description: "Loads the model, where it is not loaded.",
  public: true,
  query: modelQuery,
  answer: {
    description: "A model is loaded.",
    schema: z.strictObject({ status: z.literal("ready"), ...answeredBy }).meta({ id: "Readiness" }),
  },
  errors: [404, 503],
});

const recall = z.record(z.string(), z.number());

export const info = contract({
  method: "get",
  path: "/info",
  summary: "The model, its record, the limits and the engine",
  description: "Which model answers, how good it is, and what a request may hold.",
  query: modelQuery,
  revalidated: "private",
  answer: {
    description: "The model and the limits.",
    schema: z
      .strictObject({
        ...answeredBy,
        sha256: z.string().describe("Of the weights."),
        created: z.string(),
        dimensions: z.int(),
        input: z.strictObject({ width: z.int(), height: z.int() }),
        quantization: z.string(),
        weights: z.strictObject({ bytes: z.int() }),
        ranking: z.strictObject({
          by: rankingSchema,
          recall_at_1: z.strictObject({ d: z.number(), s: z.number() }),
          classes: z.string(),
        }),
        training: z.strictObject({
          dataset: z.string(),
          images: z.int(),
          classes: z.strictObject({ train: z.int(), test: z.int() }),
          method: z.string(),
          metrics: z.strictObject({ float32: recall, exported: recall }),
        }),
        limits: z.strictObject({
          body_bytes: z.int(),
          images: z.int(),
          items: z.int(),
          pixels: z.int(),
        }),
        engine: z.strictObject({
          backend: z.string(),
          simd: z.boolean(),
          relaxed_simd: z.boolean(),
          arithmetic: z.enum(["float32", "int8"]),
        }),
        refresh_error: z.nullable(z.string()).describe("Why a newer version is not served."),
      })
      .meta({ id: "Info" }),
  },
  errors: [404, 503],
});

export const metrics = contract({
  method: "get",
  path: "/metrics",
  summary: "Counters, for Prometheus",
  description: "What this isolate has done since it started; others count for themselves.",
  answer: { description: "Prometheus' text format.", schema: z.string(), type: "text/plain" },
  errors: [],
});
