import { checkpointsPrefix } from "../../storage/layout.ts";

/** Deletes all checkpoints of a job: that of the table, and what an interrupted upload may have left. */
export async function deleteCheckpoints(bucket: R2Bucket, job: string): Promise<void> {
  const prefix = checkpointsPrefix(job);
  for (;;) {
    const { objects, truncated } = await bucket.list({ prefix });
    if (objects.length > 0) await bucket.delete(objects.map(({ key }) => key));
    if (!truncated) return;
  }
}
