import * as z from "zod";
import { type TransformName, TRANSFORMS } from "../transforms/transforms.ts";

/** The data that a thread starts with. */
export const materialSchema = z.object({
  pixels: z.instanceof(Uint8Array),
  width: z.number(),
  height: z.number(),
  margin: z.number().optional(),
  augment: z.enum(Object.keys(TRANSFORMS) as TransformName[]),
});

/** A request to a thread. */
export const taskSchema = z.object({
  id: z.number(),
  items: z.array(z.number()),
  seed: z.array(z.number()),
});

export type Task = z.infer<typeof taskSchema>;

/** The answer of a thread. */
export const viewsSchema = z.object({ id: z.number(), pixels: z.instanceof(Uint8Array) });
