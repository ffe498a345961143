import { join } from "node:path";
import { describeError } from "../console/main.ts";
import type { Say } from "../console/say.ts";
import { writeAtomically } from "../files.ts";
import { about } from "../paper/about.ts";
import type { JobMeasures, MeasuredRun } from "../paper/measuredRun.ts";
import { measureRun } from "../paper/measureRun.ts";
import { runPage } from "../paper/report/runPage.ts";
import type { Trained } from "../runs/produce.ts";
import type { Run } from "../runs/run.ts";
import { ARTIFACT_FILES } from "./artifacts.ts";

async function measured(run: Run, { learner, prepared, seconds }: Trained): Promise<MeasuredRun> {
  const { config, started, versions } = await run.record();
  return {
    ...{ config, started, versions },
    data: about(prepared.data, prepared.split),
    result: await measureRun(run, learner, prepared, config, seconds),
  };
}

/**
 * Measures a trained run as `npm run paper` does, and writes its figures and its page, or why there are none. A fault of
 * it is none of the training.
 */
export async function reportRun(
  run: Run,
  trained: Trained,
  folder: string,
  say: Say,
): Promise<void> {
  const file = (name: keyof typeof ARTIFACT_FILES) => join(folder, ARTIFACT_FILES[name]);
  const keep = (measures: JobMeasures) =>
    writeAtomically(file("measures"), JSON.stringify(measures) + "\n");
  if (trained.obstacle !== null) return keep({ obstacle: trained.obstacle });
  try {
    say("Measuring on the test classes");
    const it = await measured(run, trained);
    await writeAtomically(file("report"), await runPage(it, trained.prepared.data));
    await keep(it);
  } catch (error) {
    const reason = describeError(error).replace(/^Error: /, "");
    say(`The report could not be made: ${reason}`);
    await keep({ obstacle: `The report could not be made: ${reason}` });
  }
}
