import { percent } from "../../../pages/format.ts";
import type { ShownEvent, ShownJob } from "./answers.ts";

/** What is shown where there is no value. */
export const NOTHING = "\u2013";

export const whole = (value: number): string => value.toLocaleString("en");

export const shownLoss = (loss: number | null): string => loss?.toFixed(3) ?? NOTHING;

export const shownRecall = (recall: number | null): string =>
  recall === null ? NOTHING : percent(recall);

/** The first characters of a version, which tell versions apart. */
export const short = (version: string): string => version.slice(0, 8);

/** Whether a job's state never changes again. */
export const isFinished = ({ state }: Pick<ShownJob, "state">): boolean =>
  ["done", "failed", "cancelled"].includes(state);

/** Which workers may do a job. */
export function requirementWords({ backend, gpuBytes }: ShownJob["requirements"]): string {
  const needs = [
    ...(backend === undefined ? [] : [`backend ${backend}`]),
    ...(gpuBytes === undefined ? [] : [`${(gpuBytes / 2 ** 30).toFixed(1)} GiB of GPU memory`]),
  ];
  return needs.length > 0 ? needs.join(", ") : "any worker";
}

const RULES = { never: "never", "if-better": "if it is better", always: "always" };

export const promotionWords = ({ promote, channel }: ShownJob): string =>
  RULES[promote] + (promote === "never" ? "" : `, to the channel ${channel}`);

/** How certain the gate was, in a sentence. */
export function certaintyWords({ p, queries }: NonNullable<ShownJob["decision"]>): string {
  const compared = `Compared on ${whole(queries)} images of unseen classes`;
  if (p === null) return queries > 0 ? `${compared}.` : "Nothing was compared.";
  const shown = p < 0.001 ? "below 0.001" : p.toFixed(3);
  return `${compared}. By chance alone, such a difference or a larger one has the probability ${shown}.`;
}

/** The lines of the log that tell of an event. */
export function logLines({ kind, data }: ShownEvent): string[] {
  if (kind === "log" && Array.isArray(data)) return data.map(String);
  if (kind === "state" && typeof data === "string") return [`[the job is ${data}]`];
  if (kind === "checkpoint" && typeof data === "number") return [`[checkpoint of step ${data}]`];
  return [];
}
