import { IMAGE_CONTRACT } from "../../shared/image/contract.ts";
import type { Dataset } from "../data/folder.ts";
import type { Config } from "./config.ts";
import { differences } from "./differences.ts";
import type { Run } from "./run.ts";
import { UnfitRun } from "./unfitRun.ts";

/**
 * Checks that a run that goes on has the configuration that it started with, but for the backend, and finds the same
 * images, and the same pixels in them.
 *
 * @throws UnfitRun where it does not
 */
export async function checkRecord(
  run: Run,
  config: Config,
  { fingerprint }: Dataset,
): Promise<void> {
  const record = await run.record();
  const changed = differences({ ...record.config, backend: config.backend }, config);
  if (changed.length > 0) {
    throw new UnfitRun(
      `${run.folder} was begun with another configuration (${changed.join("; ")})`,
      "start a new run (--name)",
    );
  }
  if (record.fingerprint !== fingerprint) {
    throw new UnfitRun(
      `${config.data} has changed since the run started`,
      "start a new one (--name)",
    );
  }
  if (record.versions.images !== String(IMAGE_CONTRACT)) {
    throw new UnfitRun(
      `${run.folder} was begun by a version that makes other pixels of images`,
      "start a new run (--name)",
    );
  }
}
