import * as z from "zod";
import { contract } from "./contract.ts";
import { answeredBy, modelQuery } from "./model.ts";
import { rankingSchema } from "./similarity.ts";

export const healthz = contract({
  method: "get",
  path: "/healthz",
  summary: "Whether the Worker runs",
  description: "Answers while the Worker runs, even if its configuration is invalid.",
  public: true,
  answer: {
    description: "The Worker runs.",
    schema: z.strictObject({ status: z.literal("alive") }).meta({ id: "Health" }),
  },
  errors: [],
});

export const readyz = contract({
  method: "get",
  path: "/readyz",
  summary: "Whether a model answers",
  description: "Loads the model if needed.",
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
  summary: "The model, its training record, the limits and the engine",
  description:
    "Describes the model that answers, its measured quality, and the limits of a request.",
  query: modelQuery,
  revalidated: "private",
  answer: {
    description: "The model and the limits.",
    schema: z
      .strictObject({
        ...answeredBy,
        sha256: z.string().describe("The SHA-256 of the weights."),
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
          image_bytes: z.int().describe("Bytes of a body that is one image."),
          images: z.int(),
          items: z.int(),
          pixels: z.int().describe("Pixels that an image of any common kind may have."),
          decode_bytes: z.int().describe("Bytes of memory that decoding one image may take."),
        }),
        engine: z.strictObject({
          backend: z.string(),
          simd: z.boolean(),
          relaxed_simd: z.boolean(),
          arithmetic: z.enum(["float32", "int8"]),
        }),
        refresh_error: z
          .nullable(z.string())
          .describe("Why a newer version is not served, or null."),
      })
      .meta({ id: "Info" }),
  },
  errors: [404, 503],
});

export const metrics = contract({
  method: "get",
  path: "/metrics",
  summary: "Counters, for Prometheus",
  description: "Counts since this isolate started. Each isolate has its own counters.",
  answer: { description: "The text format of Prometheus.", schema: z.string(), type: "text/plain" },
  errors: [],
});
