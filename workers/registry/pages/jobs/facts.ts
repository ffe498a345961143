import { breakable } from "../../../pages/breakable.ts";
import { element } from "../../../pages/element.ts";
import { age } from "./age.ts";
import type { ShownJob } from "./answers.ts";
import { groupLink } from "./listRow.ts";
import { NOTHING, promotionWords, requirementWords, whole } from "./words.ts";

/** What a job is to do, and who does it, as a list of terms and values. */
export function factsOf(job: ShownJob): HTMLElement[] {
  const { dataset, group, worker, attempts, checkpointStep } = job;
  const facts: [string, ...(Node | string)[]][] = [
    ["Data set", ...breakable(`${dataset.name}@${dataset.version}`)],
    ["Promotion", promotionWords(job)],
    ["Who may do it", requirementWords(job.requirements)],
    ["Worker", ...(worker === null ? [NOTHING] : breakable(worker))],
    ["Attempts", String(attempts)],
    ["Checkpoint", checkpointStep === null ? NOTHING : `of step ${whole(checkpointStep)}`],
    ["Group", group === null ? NOTHING : groupLink(group)],
    ["Submitted", age(job.created), " ago"],
    ["Last change", age(job.updated), " ago"],
  ];
  return facts.map(([term, ...value]) =>
    element("div", {}, element("dt", {}, term), element("dd", {}, ...value)),
  );
}
