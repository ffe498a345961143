import { METHODS } from "../methods/methods.ts";
import type { Config } from "../runs/config.ts";
import { findStart, type Start, startHead } from "./head.ts";
import { Learner } from "./learner.ts";
import { startProxies } from "./proxies.ts";
import { Teacher } from "./teacher.ts";
import type { TrainingContext } from "./train.ts";

/** What a run's head and teacher start as; null where the head starts random, or is not ours. */
export const startOf = (
  { head }: Config,
  { body, inputs, data, split }: TrainingContext,
): Start | null => (head === "random" ? null : findStart(body, inputs, split.train, data.labels));

/** The learner as it is before its first step. @param start what `startOf` gives */
export function createLearner(
  config: Config,
  material: TrainingContext,
  start = startOf(config, material),
): Learner {
  const { body, inputs, data, split } = material;
  if (start) startHead(body, start);
  // Features that do not train would teach the head nothing that its start does not know.
  const taught = METHODS[config.method].teacher && config.freeze !== "backbone";
  const counts = {
    trainClasses: new Set(split.train.map((item) => data.labels[item])).size,
    trainImages: split.train.length,
  };
  const teacher = start && taught ? new Teacher(start) : null;
  const learner = new Learner(body, config, counts, teacher);
  startProxies(learner, inputs, split.train, data.labels);
  return learner;
}
