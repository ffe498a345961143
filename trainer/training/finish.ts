import type { Config } from "../runs/config.ts";
import { type Decisions, decide } from "../evaluate/decide.ts";
import { fitLocal } from "./fitLocal.ts";
import { refitHead } from "./head.ts";
import type { Learner } from "./learner.ts";
import type { TrainingContext } from "./train.ts";

/**
 * After the last step: fits what is not learned by gradient, head and local S, to the classes that have
 * trained; lets the held-out classes, new to both, decide; and fits again to all of them, since every
 * class more makes head and S better for new ones.
 */
export function finish(
  learner: Learner,
  { head, freeze, seed }: Config,
  { body, data, split, inputs }: TrainingContext,
): Decisions {
  const { labels } = data;
  const fit = (items: readonly number[]) => {
    // A frozen backbone's features have learned nothing that the head has not.
    if (head === "refitted" && freeze !== "backbone") refitHead(body, inputs, items, labels);
    fitLocal(learner, inputs, items, labels);
  };
  const isLocal = learner.shape.form === "local";
  if (isLocal) fit(split.train);
  const embed = (items: readonly number[]) => learner.embed(inputs, items, labels);
  const decisions = decide(learner, split, labels, embed, seed);
  if (isLocal && split.heldOut.length > 0) {
    fit([...split.train, ...split.heldOut].sort((a, b) => labels[a]! - labels[b]! || a - b));
  }
  return decisions;
}
