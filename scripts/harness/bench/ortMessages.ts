import * as z from "zod";

/** Messages between the benchmark and its onnxruntime-web process. */

export const requestSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("load"),
    /** Path of an ONNX model. */
    model: z.string(),
    /** Size of its input images, in pixels. */
    size: z.object({ width: z.int(), height: z.int() }),
  }),
  z.object({ kind: z.literal("run"), runs: z.int().min(1) }),
]);

export type OrtRequest = z.infer<typeof requestSchema>;

export const replySchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("missing") }),
  z.object({ kind: z.literal("failed"), message: z.string() }),
  z.object({ kind: z.literal("ready") }),
  z.object({
    kind: z.literal("ran"),
    /** Milliseconds of all runs. */
    ms: z.number(),
    embedding: z.array(z.number()),
  }),
]);

export type OrtReply = z.infer<typeof replySchema>;
