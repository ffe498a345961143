import { describe, expect, it } from "vitest";
import { shift as augment } from "../../../../trainer/data/transforms/shift.ts";
import { seededRandom } from "../../../../trainer/random.ts";
import { each, numbers } from "../../../oracles/numbers.ts";

const image = { width: 12, height: 9 };
const pixels = Uint8Array.from(numbers(12 * 9 * 3, 6), (v) => Math.round((v + 1) * 127.5));

/** The middle of every range: no zoom, no shift, colours as they are. */
const middle = () => 0.5;

describe("the shifted view", () => {
  it("changes nothing where every choice falls in the middle", () => {
    expect(augment(pixels, image, middle)).toEqual(pixels);
  });

  it("keeps the size, draws the same for the same seed, and leaves the image alone", () => {
    const before = Uint8Array.from(pixels);
    const view = augment(pixels, image, seededRandom(3));
    expect(view).toHaveLength(pixels.length);
    expect(view).toEqual(augment(pixels, image, seededRandom(3)));
    expect(view).not.toEqual(augment(pixels, image, seededRandom(4)));
    expect(pixels).toEqual(before);
  });

  it("takes as many random numbers for any image, so that one does not move the next", () => {
    const counting = (size: { width: number; height: number }) => {
      let taken = 0;
      augment(new Uint8Array(size.width * size.height * 3), size, () => {
        taken++;
        return 0.9;
      });
      return taken;
    };
    expect(counting({ width: 4, height: 20 })).toBe(counting(image));
  });

  it("moves by a tenth and fills with white what comes in from outside", () => {
    const size = { width: 10, height: 10 };
    const black = new Uint8Array(300);
    // In order: zoom, shift right, shift down, three colours.
    const choices = [0.5, 1, 0, 0.5, 0.5, 0.5];
    const view = augment(black, size, () => choices.shift() ?? 0.5);
    const red = each(100).map((i) => view[i * 3]);
    each(100).forEach((i) => {
      const [y, x] = [Math.floor(i / 10), i % 10];
      expect(red[i]).toBe(x === 9 || y === 0 ? 255 : 0);
    });
  });

  it("sees the margin where it moves", () => {
    const frame = { width: 10, height: 10, margin: 1 };
    const size = 12;
    // The margin is grey, what it goes around black.
    const picture = Uint8Array.from(
      each(size * size).flatMap((i) => {
        const [y, x] = [Math.floor(i / size), i % size];
        const inside = [x, y].every((at) => at > 0 && at < size - 1);
        return Array<number>(3).fill(inside ? 0 : 99);
      }),
    );
    const view = (shift: number) => {
      const choices = [0.5, shift, 0.5, 0.5, 0.5, 0.5];
      const pixels = augment(picture, frame, () => choices.shift() ?? 0.5);
      expect(pixels).toHaveLength(300);
      return each(100).map((i) => pixels[i * 3]);
    };
    expect(new Set(view(0.5))).toEqual(new Set([0]));
    const moved = view(1);
    each(100).forEach((i) => expect(moved[i]).toBe(i % 10 === 9 ? 99 : 0));
  });

  it("keeps white white under any view", () => {
    const white = new Uint8Array(pixels.length).fill(255);
    for (const seed of each(20)) {
      expect(augment(white, image, seededRandom(seed))).toEqual(white);
    }
  });

  it("scales each channel's darkness by at most 30 %", () => {
    const grey = new Uint8Array(pixels.length).fill(155);
    const seen = [new Set<number>(), new Set<number>(), new Set<number>()];
    for (const seed of each(50)) {
      const view = augment(grey, image, seededRandom(seed));
      const center = (4 * image.width + 6) * 3;
      seen.forEach((values, channel) => values.add(view[center + channel]));
    }
    for (const values of seen) {
      expect(Math.min(...values)).toBeGreaterThanOrEqual(255 - 130);
      expect(Math.max(...values)).toBeLessThanOrEqual(255 - 70);
      expect(values.size).toBeGreaterThan(10);
    }
  });

  it("shows nothing that the image does not hold, but white", () => {
    const bright = pixels.map((value) => (value > 127 ? 200 : 100));
    let call = 0;
    // Colours as they are; position and size at random.
    const random = seededRandom(8);
    const view = augment(bright, image, () => (call++ < 3 ? random() : 0.5));
    expect(new Set(view)).toEqual(new Set([100, 200, 255]));
  });
});
