import type { Config } from "../runs/config.ts";
import { type Decisions, decide } from "../evaluate/decide.ts";
import { fitLocal } from "./fitLocal.ts";
import { positionIn } from "../positions.ts";
import { embedByHead, pickRead, readByHead, refitHead } from "./head.ts";
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
  const isLocal = learner.shape.form === "local";
  const all = [...split.train, ...split.heldOut].sort((a, b) => labels[a]! - labels[b]! || a - b);
  // A frozen backbone's features have learned nothing that the head has not.
  const refits = isLocal && head === "refitted" && freeze !== "backbone";
  // Read once: a head made anew changes nothing in front of it, which takes the longest.
  const read = refits ? readByHead(body, inputs, all, labels) : null;
  const positionOf = positionIn(all);
  const embed = (items: readonly number[]) =>
    read
      ? embedByHead(body, pickRead(read, items.map(positionOf)))
      : learner.embed(inputs, items, labels);
  const fit = (items: readonly number[]) => {
    if (read) refitHead(body, pickRead(read, items.map(positionOf)));
    fitLocal(learner, embed(items));
  };
  if (isLocal) fit(split.train);
  const decisions = decide(learner, split, labels, embed, seed);
  if (isLocal && split.heldOut.length > 0) fit(all);
  return decisions;
}
