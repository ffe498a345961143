import type { Dataset } from "../data/folder.ts";
import { UserError } from "../error.ts";
import type { Config } from "./config.ts";
import { newRecord } from "./record.ts";
import type { Run } from "./run.ts";

/**
 * Records a new run. A run that goes on must find the images that it started with.
 *
 * @throws UserError where it does not
 */
export async function ensureRecord(
  run: Run,
  config: Config,
  { fingerprint }: Dataset,
): Promise<void> {
  if (!run.exists) {
    await run.create(newRecord(config, fingerprint));
    return;
  }
  const record = await run.record();
  if (record.fingerprint !== fingerprint) {
    throw new UserError(
      `${config.data} has changed since the run started; start a new one (--name)`,
    );
  }
}
