import type { Info } from "./answers.ts";
import type { Scored } from "./client.ts";
import type { Picture, Scores } from "./picture.ts";

/** A picture beside a query, with the scores of the two. */
export interface Neighbour extends Scored {
  picture: Picture;
}

/** The other pictures, the nearest first, by what ranks best in this model. */
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
