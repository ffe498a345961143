import { join } from "node:path";
import { produce, type Trained } from "../runs/produce.ts";
import { Run } from "../runs/run.ts";
import type { Report, TrainTask } from "./messages.ts";
import { reportRun } from "./reportRun.ts";
import { packRun } from "./snapshot.ts";

/** The folder of the run, in that of the job. */
export const RUN = "run";

/**
 * Trains the run of a job to its package, or until it is stopped, and goes on with the run that is in the folder.
 * Packs a checkpoint every now and then, after the last step, and where it stops. The report comes after the package.
 *
 * @returns whether the run got to its end
 */
export async function trainRun(
  { folder, config, started, checkpointEveryMs }: TrainTask,
  tell: (report: Report) => void,
  signal: AbortSignal,
): Promise<boolean> {
  // Relative paths keep the folders of this machine out of the package.
  process.chdir(folder);
  const run = new Run(RUN);
  let packed = performance.now();
  const isDue = () => performance.now() - packed >= checkpointEveryMs;
  const events = {
    onStep: (step: number, loss: number, { imagesPerSecond }: { imagesPerSecond: number }) => {
      tell({ kind: "step", step, loss, imagesPerSecond });
    },
    onEvaluation: (_: number, recall: number) => tell({ kind: "evaluation", recall }),
    isSaveDue: isDue,
    onCheckpoint: async (step: number) => {
      if (!isDue() && step < config.steps && !signal.aborted) return;
      const path = join(folder, `checkpoint-${step}.tar`);
      await packRun(run.folder, path);
      packed = performance.now();
      tell({ kind: "checkpoint", step, path });
    },
  };
  const say = (line: string) => tell({ kind: "say", line });
  const onPackage = async (trained: Trained) => {
    tell({ kind: "packaged" });
    await reportRun(run, trained, folder, say);
  };
  return produce(run, config, say, signal, { events, started, onPackage });
}
