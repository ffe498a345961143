import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Pace } from "../../../trainer/training/pace.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Work that takes so many milliseconds. */
const take = (milliseconds: number) => {
  vi.advanceTimersByTime(milliseconds);
  return Promise.resolve();
};

it("counts images by the time of steps, and what of it they wait, but not what lies between", async () => {
  const pace = new Pace();
  expect(pace.speed).toEqual({ imagesPerSecond: 0, waiting: 0 });
  for (const wait of [300, 100]) {
    await pace.time(async () => {
      await pace.wait(64, () => take(wait));
      await take(500);
    });
    await take(10_000);
  }
  await pace.time(() => take(600));
  expect(pace.speed).toEqual({ imagesPerSecond: 64, waiting: 0.2 });
});
