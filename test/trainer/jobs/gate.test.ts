import { describe, expect, it } from "vitest";
import { decideGate } from "../../../trainer/jobs/gate.ts";

const CHALLENGER = "c".repeat(16);
const CHAMPION = "a".repeat(16);

/** Hits of so many queries: both right, only the challenger, only the champion, none. */
function contest([both, wins, losses, none]: number[]) {
  const hits = (counts: [number, boolean][]) =>
    counts.flatMap(([count, hit]) => new Array<boolean>(count).fill(hit));
  const challenger = hits([
    [both, true],
    [wins, true],
    [losses, false],
    [none, false],
  ]);
  const champion = hits([
    [both, true],
    [wins, false],
    [losses, true],
    [none, false],
  ]);
  const measured = {
    queries: challenger.length,
    hits: { challenger, champion },
    obstacle: null,
    remarks: [],
  };
  return { challenger: CHALLENGER, champion: CHAMPION, channel: "stable", measured };
}

describe("decideGate", () => {
  it("promotes what wins so often that chance is unlikely", () => {
    // 5 of 5 happen by chance once in 32, 4 of 4 once in 16.
    const better = decideGate(contest([10, 5, 0, 5]));
    expect(better).toMatchObject({ promoted: true, p: expect.closeTo(1 / 32, 12) as number });
    expect(better.challenger.recallAt1).toBe(15 / 20);
    expect(better.champion?.recallAt1).toBe(10 / 20);
    expect(decideGate(contest([10, 4, 0, 6]))).toMatchObject({
      promoted: false,
      p: expect.closeTo(1 / 16, 12) as number,
    });
  });

  it("does not promote what is as good, or worse", () => {
    expect(decideGate(contest([10, 0, 0, 10]))).toMatchObject({ promoted: false, p: 1 });
    const worse = decideGate(contest([10, 1, 9, 0]));
    expect(worse).toMatchObject({ promoted: false });
    expect(worse.p).toBeCloseTo(1023 / 1024, 12);
    expect(worse.reason).toContain("Recall@1 55.0 % against 95.0 % on 20 images");
  });

  it("promotes where nothing is served, and what is served already", () => {
    const given = contest([1, 1, 1, 1]);
    expect(decideGate({ ...given, champion: null })).toMatchObject({
      promoted: true,
      champion: null,
      p: null,
    });
    expect(decideGate({ ...given, champion: CHALLENGER })).toMatchObject({ promoted: true });
  });

  it("does not promote what it cannot compare", () => {
    const { measured, ...given } = contest([4, 0, 0, 0]);
    const none = { queries: 0, hits: { challenger: [], champion: [] }, remarks: [] };
    const unmeasured = { ...given, measured: { ...none, obstacle: "there are no unseen classes" } };
    expect(decideGate(unmeasured)).toMatchObject({ promoted: false, p: null });
    const fewer = { ...measured, hits: { ...measured.hits, champion: [true] } };
    expect(decideGate({ ...given, measured: fewer })).toMatchObject({ promoted: false, p: null });
  });
});
