import { count } from "../../../../pages/format.ts";
import type { Collection } from "./answers.ts";

/** A number with separators. */
export const whole = (value: number): string => value.toLocaleString("en");

/** The first characters of a version, which tell versions apart. */
export const short = (version: string): string => version.slice(0, 8);

/** "1 item", "2,000 items". */
export const items = (value: number): string =>
  count(value, "item").replace(/^\d+/, () => whole(value));

function versionWords({ state, target, pending }: Collection): string {
  const next = short(target ?? "");
  switch (state) {
    case "ready":
      return "Ready.";
    case "moving":
      return `Moving to version ${next} of its model: ${items(pending)} left. Searches use the version before.`;
    case "stale":
      return (
        `Version ${next} of its model is promoted, but ${items(pending)} have no picture here. ` +
        "Add their pictures again, so that it can be used."
      );
  }
}

/** The state of a collection in sentences. */
export function stateWords(collection: Collection): string {
  const { count: number, capacity, densities, failed } = collection;
  return [
    versionWords(collection),
    ...(number >= capacity ? [`It is full: it has room for ${items(capacity)}.`] : []),
    ...(densities.outdated > 0
      ? [`Scores of ${items(densities.outdated)} are being refined.`]
      : []),
    ...(failed > 0 ? [`${items(failed)} could not be embedded.`] : []),
  ].join(" ");
}
