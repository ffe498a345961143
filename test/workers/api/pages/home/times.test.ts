import { describe, expect, it } from "vitest";
import { readServerTiming } from "../../../../../workers/api/pages/home/serverTiming.ts";
import { Times } from "../../../../../workers/api/pages/home/times.ts";

describe("a Server-Timing header", () => {
  it("is read by name", () => {
    expect([...readServerTiming("decode;dur=12.5, embed;dur=3")]).toEqual([
      ["decode", 12.5],
      ["embed", 3],
    ]);
  });

  it("may be missing, or have entries without a duration", () => {
    expect([...readServerTiming(null)]).toEqual([]);
    expect([...readServerTiming("cache, embed;dur=3")]).toEqual([["embed", 3]]);
  });
});

describe("the times of requests", () => {
  const add = (times: Times, total: number, decode: number) =>
    times.add({ answer: null, total, server: new Map([["decode", decode]]) });

  it("add up", () => {
    const times = new Times();
    add(times, 20, 3);
    add(times, 22, 4);
    expect(times.toString()).toBe("42\u00a0ms (decode 7.0\u00a0ms)");
  });

  it("leave out times of a clock that stood still", () => {
    const times = new Times();
    add(times, 20, 0);
    expect(times.toString()).toBe("20\u00a0ms");
  });
});
