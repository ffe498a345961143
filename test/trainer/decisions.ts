import type { Decisions } from "../../trainer/evaluate/decide.ts";

/** What held-out classes may have decided of a run. */
export const decisions: Decisions = {
  calibration: {
    slope: 3.5,
    intercept: -1.25,
    prior: 0.5,
    classes: "held-out",
    pairs: { positive: 4, negative: 9 },
  },
  ranking: { by: "s", recallAt1: { d: 0.5, s: 0.75 }, classes: "held-out", queries: 8 },
};
