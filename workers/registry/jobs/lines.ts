/** What the table itself says of a job, beside what its worker does. */
import { MAX_ATTEMPTS } from "../../../shared/jobs/job.ts";
import type { Row } from "./row.ts";

const attemptOf = ({ attempts }: Row) => `attempt ${attempts} of ${MAX_ATTEMPTS}`;

export const attemptEnded = (row: Row, reason: string): string =>
  `${attemptOf(row)}, by worker "${row.worker}", has ended: ${reason}`;

export const disappeared = (row: Row, leaseSeconds: number): string =>
  `its worker "${row.worker}" disappeared: it did not renew its lease of ${leaseSeconds} seconds, ` +
  `in ${attemptOf(row)}`;
