import * as z from "zod";

/** What the process that opens a backend tells of it. */
export const foundSchema = z.discriminatedUnion("runs", [
  z.object({
    runs: z.literal(true),
    version: z.string(),
    /** What computes, in words. */
    device: z.string(),
    /** The most that all tensors may take, in bytes; null where it is a GPU's own. */
    memory: z.number().nullable(),
    /** The most that one tensor may take, in bytes; null where it is all of the memory. */
    tensorLimit: z.number().nullable(),
    /** Of products of float32 matrices of 1024 x 1024. */
    gflops: z.number(),
  }),
  z.object({
    runs: z.literal(false),
    /** Why, and what to do. */
    reason: z.string(),
  }),
]);

export type Found = z.infer<typeof foundSchema>;
