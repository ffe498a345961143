import { describe, expect, it } from "vitest";
import { photo } from "../../../../scripts/harness/bench/photo.ts";

describe("a picture like a photograph", () => {
  it("takes as many bytes per pixel as a JPEG of quality 90 as photographs do", async () => {
    const [width, height] = [500, 375];
    const jpeg = await (await photo(width, height)).jpeg({ quality: 90 }).toBuffer();
    expect(jpeg.length / (width * height)).toBeGreaterThan(0.25);
    expect(jpeg.length / (width * height)).toBeLessThan(0.35);
  });

  it("is the same at every run, and uses most levels of each channel", async () => {
    const first = await photo(120, 90);
    const second = await photo(120, 90);
    expect(await first.clone().raw().toBuffer()).toEqual(await second.raw().toBuffer());
    for (const { min, max } of (await first.stats()).channels) {
      expect(max - min).toBeGreaterThan(150);
    }
  });
});
