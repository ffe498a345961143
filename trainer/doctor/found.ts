import * as z from "zod";

/** The findings about a backend, which its process reports. */
export const foundSchema = z.discriminatedUnion("runs", [
  z.object({
    runs: z.literal(true),
    version: z.string(),
    /** A description of the device. */
    device: z.string(),
    /** Limit for all tensors in bytes, or null if it is the memory of a GPU. */
    memory: z.number().nullable(),
    /** Limit for one tensor in bytes, or null if it is all of the memory. */
    tensorLimit: z.number().nullable(),
    /** GFLOP/s of float32 products of matrices of 1024 x 1024. */
    gflops: z.number(),
  }),
  z.object({
    runs: z.literal(false),
    /** Why it does not run, and what to do. */
    reason: z.string(),
  }),
]);

export type Found = z.infer<typeof foundSchema>;
