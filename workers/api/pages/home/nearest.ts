import type { Info } from "./answers.ts";
import type { Scored } from "./client.ts";
import type { Picture, Scores } from "./picture.ts";

/** Another picture, with its scores against the query. */
export interface Neighbour extends Scored {
  picture: Picture;
}

/** Sorts the other pictures, nearest first. @param by S or distance */
export function rankNeighbours(
  query: Picture,
  pictures: readonly Picture[],
  scores: Scores,
  by: Info["ranking"]["by"],
): Neighbour[] {
  return pictures
    .flatMap((picture) => {
      const scored = picture === query ? undefined : scores.get(query, picture);
      return scored ? [{ picture, ...scored }] : [];
    })
    .sort((a, b) => (by === "s" ? b.s - a.s : a.distance - b.distance));
}
