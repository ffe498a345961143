import { openBackend } from "../backends/open.ts";
import type { Say } from "../console/say.ts";
import { UserError } from "../error.ts";
import { createLearner } from "../training/createLearner.ts";
import type { Learner } from "../training/learner.ts";
import type { TrainingContext } from "../training/train.ts";
import type { Config } from "./config.ts";
import { checkRecord } from "./checkRecord.ts";
import { prepare } from "./prepare.ts";
import type { Run } from "./run.ts";

/**
 * A trained run, with what it was trained on.
 *
 * @throws UserError where the run is not there or not done
 */
export async function reopen(
  run: Run,
  say: Say,
  signal: AbortSignal,
): Promise<{ config: Config; learner: Learner; prepared: TrainingContext }> {
  const { config } = await run.record();
  if (!run.isDone) {
    throw new UserError(`"${config.name}" is not done: npm run train -- --resume ${config.name}`);
  }
  await openBackend(config.backend, say);
  // Only the plain pictures are needed.
  const prepared = await prepare({ ...config, views: 1, head: "random" }, say, signal);
  await checkRecord(run, config, prepared.data);
  const learner = createLearner({ ...config, head: "random" }, prepared);
  await run.restoreResult(learner.state);
  return { config, learner, prepared };
}
