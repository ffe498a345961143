import type { JobRefusal } from "../../protocol/jobs.ts";
import { isLeased, type Row } from "./row.ts";

export const unknownJob = (id: string): JobRefusal => ({
  refused: "unknown_job",
  message: `there is no job ${id}`,
});

export const tooLate = ({ id, state }: Row): JobRefusal => ({
  refused: "job_finished",
  message: `job ${id} is ${state}, and can no longer be cancelled`,
});

/** @param token of the lease that has ended */
export function leaseLost(row: Row, token: number): JobRefusal {
  const now = isLeased(row) ? `worker "${row.worker}" has it` : `it is ${row.state}`;
  const message = `the lease of job ${row.id} with token ${token} has ended; ${now} (token ${row.token})`;
  return { refused: "lease_lost", message };
}
