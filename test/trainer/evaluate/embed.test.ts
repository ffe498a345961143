import { expect, it } from "vitest";
import { NonFiniteError } from "../../../trainer/finite.ts";
import { embedItems } from "../../../trainer/evaluate/embed.ts";
import { dataset } from "../../oracles/dataset.ts";
import { each, toRows } from "../../oracles/numbers.ts";

const STRIDE = 4 * 4 * 3;
const data = dataset(each(30).map(() => 3));
// Neither all items nor in order: positions are not items.
const items = each(80).map((i) => 89 - i);

it("embeds in batches of 64 at most, in the order of the items, with their labels", () => {
  const calls: number[] = [];
  const model = {
    embed: (pixels: Uint8Array) => {
      calls.push(pixels.length / STRIDE);
      return Float32Array.from(toRows(pixels, STRIDE).flatMap((image) => [image[0], image[47]]));
    },
  };
  const { embeddings, d, labels } = embedItems(model, data, items);
  expect(calls).toEqual([64, 16]);
  expect(d).toBe(2);
  expect(Array.from(embeddings)).toEqual(
    items.flatMap((item) => [data.pixels[item * STRIDE], data.pixels[item * STRIDE + 47]]),
  );
  expect(labels).toEqual(items.map((item) => data.labels[item]));
});

it("refuses embeddings that are not finite", () => {
  const model = { embed: () => Float32Array.of(0.6, NaN) };
  expect(() => embedItems(model, data, [0])).toThrow(NonFiniteError);
});
