import { probabilityOf } from "../../shared/probability.ts";
import type { Config } from "../runs/config.ts";
import type { Run } from "../runs/run.ts";
import type { Decisions } from "../evaluate/decide.ts";
import { measure } from "../evaluate/measure.ts";
import { measureProtocols } from "../evaluate/protocols/protocols.ts";
import type { Learner } from "../training/learner.ts";
import type { TrainingContext } from "../training/train.ts";
import { chooseContacts } from "./contacts.ts";
import { rankByDensity } from "./controls.ts";
import type { RunResult } from "./runResult.ts";

/** Measures a trained network on the test classes. @param calibration of its S */
function measureNetwork(
  learner: Learner,
  { data, split, inputs }: TrainingContext,
  { seed }: Config,
  { calibration }: Decisions,
): Omit<RunResult, "seconds" | "curve" | "collapse"> {
  const embed = (items: readonly number[]) => learner.embed(inputs, items, data.labels);
  const train = embed(split.train);
  const test = embed(split.test);
  const ofData = (at: number) => split.test[at]!;
  return {
    measures: measure(learner, test, (score) => probabilityOf(calibration, score), seed),
    density: rankByDensity(test, train.embeddings, seed),
    ...measureProtocols(train, test, seed),
    contacts: chooseContacts(learner, test, seed).map(({ query, byD, byS }) => ({
      query: ofData(query),
      byD: byD.map(ofData),
      byS: byS.map(ofData),
    })),
  };
}

/**
 * Measures a run that is done on the test classes.
 *
 * @param learner as it ended
 * @param seconds that all steps took; null: not known
 */
export async function measureRun(
  run: Run,
  learner: Learner,
  prepared: TrainingContext,
  config: Config,
  seconds: number | null,
): Promise<RunResult> {
  const lines = await run.metrics.evaluations();
  return {
    ...measureNetwork(learner, prepared, config, await run.decisions()),
    seconds,
    curve: lines.map(({ step, evaluation: { recallByD, spread } }) => ({
      step,
      recallAt1: recallByD["1"]!,
      ...spread,
    })),
    collapse: lines.at(-1)?.collapse ?? null,
  };
}
