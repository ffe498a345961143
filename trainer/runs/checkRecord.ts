import { IMAGE_CONTRACT } from "../../shared/image/contract.ts";
import type { Dataset } from "../data/folder.ts";
import { UserError } from "../error.ts";
import type { Config } from "./config.ts";
import type { Run } from "./run.ts";

/**
 * Checks that a run that goes on finds the images that it started with, and the same pixels in them.
 *
 * @throws UserError where it does not
 */
export async function checkRecord(
  run: Run,
  config: Config,
  { fingerprint }: Dataset,
): Promise<void> {
  const record = await run.record();
  if (record.fingerprint !== fingerprint) {
    throw new UserError(
      `${config.data} has changed since the run started; start a new one (--name)`,
    );
  }
  if (record.versions.images !== String(IMAGE_CONTRACT)) {
    throw new UserError(
      `${run.folder} was begun by a version that makes other pixels of images; start a new run (--name)`,
    );
  }
}
