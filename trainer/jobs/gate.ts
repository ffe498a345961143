import type { Decision } from "../../shared/jobs/job.ts";
import { chanceOfWins } from "../evaluate/mcnemar.ts";
import type { Measured } from "./messages.ts";

/** Chance lets a model that is not better pass the gate one time in twenty. */
const MOST_CHANCE = 0.05;

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

const share = (hits: readonly boolean[]) =>
  hits.length === 0 ? null : hits.filter(Boolean).length / hits.length;

/** What the gate compares. */
export interface Contest {
  challenger: string;
  /** What the channel serves; null: nothing. */
  champion: string | null;
  channel: string;
  measured: Measured;
}

/**
 * Decides whether a channel should serve a new version: if nothing is served yet, or if it finds an image's class more
 * often than the served version does, on the same images of classes that neither was to see, so much more often that
 * chance is unlikely.
 */
export function decideGate({ challenger, champion, channel, measured }: Contest): Decision {
  const { hits, queries } = measured;
  const recallAt1 = share(hits.challenger);
  const found = {
    challenger: { version: challenger, recallAt1 },
    champion: champion === null ? null : { version: champion, recallAt1: share(hits.champion) },
    queries,
  };
  const told = recallAt1 === null ? "not measured" : `Recall@1 ${percent(recallAt1)}`;
  if (champion === null) {
    const reason = `"${channel}" served no version before; ${challenger}: ${told}`;
    return { promoted: true, reason, p: null, ...found };
  }
  if (champion === challenger) {
    const reason = `"${channel}" serves ${challenger} already`;
    return { promoted: true, reason, p: null, ...found };
  }
  if (measured.obstacle !== null || hits.champion.length !== hits.challenger.length) {
    const why = measured.obstacle ?? "the two read different images of the data set";
    const reason = `not compared with ${champion}: ${why}`;
    return { promoted: false, reason, p: null, ...found };
  }
  const wins = hits.challenger.filter((hit, query) => hit && !hits.champion[query]).length;
  const losses = hits.champion.filter((hit, query) => hit && !hits.challenger[query]).length;
  const p = chanceOfWins(wins, losses);
  const promoted = p < MOST_CHANCE;
  const verdict = promoted ? "better than" : "not surely better than";
  const recalls = `Recall@1 ${percent(recallAt1 ?? 0)} against ${percent(share(hits.champion) ?? 0)}`;
  const remarks = measured.remarks.map((remark) => `; ${remark}`).join("");
  const reason =
    `${challenger} is ${verdict} ${champion}: ${recalls} on ${queries} images of unseen classes, ` +
    `${wins} of them right only with the new one and ${losses} only with the old, p = ${p.toPrecision(2)}${remarks}`;
  return { promoted, reason, p, ...found };
}
