import { describe, expect, it } from "vitest";
import { rankNeighbours } from "../../../../../workers/api/pages/home/nearest.ts";
import { type Picture, Scores } from "../../../../../workers/api/pages/home/picture.ts";

const picture = (id: number): Picture => ({
  id,
  name: `${id}.png`,
  file: new File([], `${id}.png`),
  sample: false,
  thumbnail: undefined,
});
const [a, b, c, unscored] = [picture(0), picture(1), picture(2), picture(3)];

const scores = new Scores();
scores.set(a, b, { s: 1, probability: 0.9, distance: 0.8 });
scores.set(c, a, { s: 0, probability: 0.5, distance: 0.7 });

const names = (by: "s" | "d") =>
  rankNeighbours(a, [a, unscored, c, b], scores, by).map(({ picture }) => picture.name);

describe("the neighbours of a picture", () => {
  it("are those with scores, largest S first", () => {
    expect(names("s")).toEqual(["1.png", "2.png"]);
  });

  it("are sorted by distance if the model ranks by distance", () => {
    expect(names("d")).toEqual(["2.png", "1.png"]);
  });

  it("carry the scores of the pair, in whichever order it was scored", () => {
    expect(rankNeighbours(c, [a], scores, "s")).toMatchObject([
      { s: 0, probability: 0.5, distance: 0.7 },
    ]);
  });
});
