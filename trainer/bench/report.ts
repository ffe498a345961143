import * as z from "zod";
import { foundSchema } from "../doctor/found.ts";

/** The schema of the output of `npm run bench-train -- --json`. */

const ms = z.number().min(0);
const bytes = z.int().min(0);

/** The measurements that the training process reports. */
export const measuredSchema = z.strictObject({
  images_per_s: z.number().positive(),
  /** The median of whole steps. The parts below are of the same steps. */
  step_ms: ms,
  /** Making random views of the images of a batch. */
  data_ms: ms,
  /** Computing features, and S and D of all pairs. */
  forward_ms: ms,
  /** Finding the hardest quadruplet by S and computing its loss. */
  mining_ms: ms,
  backward_ms: ms,
  /** The step of AdamW. */
  update_ms: ms,
  /** The most memory of tensors, or of the process if they live in it; null if unknown. */
  device_bytes: bytes.nullable(),
  /** The peak resident memory of the process. */
  process_bytes: bytes,
});

export type Measured = z.infer<typeof measuredSchema>;

const rowSchema = z.strictObject({
  network: z.string(),
  backend: z.string(),
  /** Images per step. */
  batch: bytes,
  /** null if the network does not fit into the memory, or fails for another reason. */
  measured: measuredSchema.nullable(),
  /** Why `measured` is null. */
  reason: z.string().optional(),
});

export type Row = z.infer<typeof rowSchema>;

export const reportSchema = z.strictObject({
  machine: z.strictObject({ cpu: z.string(), cores: bytes, node: z.string() }),
  /** The training method, one of methods.ts. */
  method: z.string(),
  backends: z.record(z.string(), foundSchema),
  rows: z.array(rowSchema),
});

export type Report = z.infer<typeof reportSchema>;
