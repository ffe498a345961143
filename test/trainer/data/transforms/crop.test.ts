import { describe, expect, it } from "vitest";
import { crop } from "../../../../trainer/data/transforms/crop.ts";
import { seededRandom } from "../../../../trainer/random.ts";
import { naiveCrop } from "../../../oracles/bilinear.ts";
import { each, numbers } from "../../../oracles/numbers.ts";

const noise = ({ width, height }: { width: number; height: number }) =>
  Uint8Array.from(numbers(width * height * 3, 6), (v) => Math.round((v + 1) * 127.5));

const wide = { width: 12, height: 9 };
const square = { width: 10, height: 10 };
const pixels = noise(wide);
/** Red is the column, green the row, times 20: a view says where each of its pixels comes from. */
const ramp = Uint8Array.from(
  each(12 * 9).flatMap((at) => [20 * (at % 12), 20 * Math.floor(at / 12), 7]),
);

/** These numbers, one after the other, and no more. */
const script = (choices: number[]) => {
  const left = [...choices];
  return () => {
    const next = left.shift();
    if (next === undefined) throw new Error("more random numbers than expected");
    return next;
  };
};

const side = Math.sqrt(40);
const [narrow, tall] = [Math.sqrt(43.2 * 0.75), Math.sqrt(43.2 / 0.75)];

describe("the cropped view", () => {
  // In order: area, aspect, left, top, whether mirrored.
  it.each([
    {
      title: "all of the image",
      choices: [1, 0.5, 0, 0, 0.5],
      size: square,
      box: { left: 0, top: 0, width: 10, height: 10 },
    },
    {
      title: "two fifths of its area, at a corner",
      choices: [0, 0.5, 1, 0, 0.9],
      size: square,
      box: { left: 10 - side, top: 0, width: side, height: side },
    },
    {
      title: "a part three quarters as wide as high, mirrored",
      choices: [0, 0, 0.25, 0.6, 0.49],
      size: wide,
      box: { left: 0.25 * (12 - narrow), top: 0.6 * (9 - tall), width: narrow, height: tall },
      mirrored: true,
    },
    {
      title: "all of it where no part fits in ten tries",
      choices: [...each(10).flatMap(() => [1, 0.5]), 0.9],
      size: wide,
      box: { left: 0, top: 0, ...wide },
    },
    {
      title: "the first part that fits",
      choices: [1, 0.5, 0, 0, 0.25, 0.6, 0.9],
      size: wide,
      box: { left: 0.25 * (12 - narrow), top: 0.6 * (9 - tall), width: narrow, height: tall },
    },
    {
      title: "a part of the image and its margin, at the size without it",
      choices: [0, 0, 0.25, 0.6, 0.9],
      size: wide,
      margin: 2,
      box: { left: 0.25 * (12 - narrow), top: 0.6 * (9 - tall), width: narrow, height: tall },
    },
  ])("is $title, interpolated", ({ choices, size, box, mirrored = false, margin = 0 }) => {
    const image = noise(size);
    const to = { width: size.width - 2 * margin, height: size.height - 2 * margin };
    const view = crop(image, { ...to, margin }, script(choices));
    const expected = naiveCrop(image, size, box, mirrored, to);
    expect(view).toHaveLength(expected.length);
    const errors = expected.map((value, i) => Math.abs(value - view[i]));
    // Rounding to whole bytes.
    expect(Math.max(...errors)).toBeLessThan(0.5 + 1e-6);
  });

  it("keeps the size, draws the same for the same seed, and leaves the image alone", () => {
    const before = Uint8Array.from(pixels);
    const view = crop(pixels, wide, seededRandom(3));
    expect(view).toHaveLength(pixels.length);
    expect(view).toEqual(crop(pixels, wide, seededRandom(3)));
    expect(view).not.toEqual(crop(pixels, wide, seededRandom(4)));
    expect(pixels).toEqual(before);
  });

  it("keeps an image of one colour as it is", () => {
    const plain = Uint8Array.from(each(12 * 9).flatMap(() => [3, 130, 255]));
    for (const seed of each(20)) expect(crop(plain, wide, seededRandom(seed))).toEqual(plain);
  });

  it("lies within the image, shows enough of it, and is mirrored half of the time", () => {
    const views = each(200).map((seed) => {
      const view = crop(ramp, wide, seededRandom(seed));
      const columns = each(12).map((x) => view[x * 3]);
      const rows = each(9).map((y) => view[y * 12 * 3 + 1]);
      return { columns, rows, mirrored: columns[0] > columns[11] };
    });
    for (const { columns, rows, mirrored } of views) {
      // Beyond the edge the ramp would stand still.
      const ascending = mirrored ? [...columns].reverse() : columns;
      each(11).forEach((x) => expect(ascending[x + 1]).toBeGreaterThan(ascending[x]));
      each(8).forEach((y) => expect(rows[y + 1]).toBeGreaterThan(rows[y]));
      const steps = ((ascending[11] - ascending[0]) / 11) * ((rows[8] - rows[0]) / 8);
      expect(steps / 400).toBeGreaterThan(0.37);
    }
    const mirrored = views.filter((view) => view.mirrored).length;
    expect(mirrored).toBeGreaterThan(70);
    expect(mirrored).toBeLessThan(130);
  });
});
