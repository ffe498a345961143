import * as z from "zod";
import { foundSchema } from "../doctor/found.ts";

/** What `npm run bench-train -- --json` prints. */

const ms = z.number().min(0);
const bytes = z.int().min(0);

/** What the process that trains tells. */
export const measuredSchema = z.strictObject({
  images_per_s: z.number().positive(),
  /** A whole step, the median of some; its parts below are of the same steps. */
  step_ms: ms,
  /** Random views of the batch's images, as a tensor. */
  data_ms: ms,
  /** Features, S and D of all pairs. */
  forward_ms: ms,
  /** The hardest quadruplet by S, and its loss. */
  mining_ms: ms,
  backward_ms: ms,
  /** AdamW. */
  update_ms: ms,
  /** The most that tensors took, all of the process's memory where they live there; null: unknown. */
  device_bytes: bytes.nullable(),
  /** The most that was resident of the process. */
  process_bytes: bytes,
});

export type Measured = z.infer<typeof measuredSchema>;

const rowSchema = z.strictObject({
  network: z.string(),
  backend: z.string(),
  /** Images of a step. */
  batch: bytes,
  /** Null where it does not fit into the memory, or fails otherwise. */
  measured: measuredSchema.nullable(),
  /** Why it is null. */
  reason: z.string().optional(),
});

export type Row = z.infer<typeof rowSchema>;

export const reportSchema = z.strictObject({
  machine: z.strictObject({ cpu: z.string(), cores: bytes, node: z.string() }),
  /** What is trained by: a row of methods.ts. */
  method: z.string(),
  backends: z.record(z.string(), foundSchema),
  rows: z.array(rowSchema),
});

export type Report = z.infer<typeof reportSchema>;
