import type { Dataset } from "../../trainer/data/folder.ts";
import { each, numbers } from "./numbers.ts";

/** A data set in memory, by how many images each class has; an image is its class's, with noise. */
export function dataset(counts: number[], width = 4, height = 4): Dataset {
  const labels = Int32Array.from(counts.flatMap((count, label) => each(count).map(() => label)));
  const stride = width * height * 3;
  const pixels = new Uint8Array(labels.length * stride);
  labels.forEach((label, item) => {
    const [base, noise] = [numbers(stride, label + 1), numbers(stride, 1000 + item)];
    pixels.set(
      Uint8Array.from(base, (value, i) => 127 + 100 * value + 25 * noise[i]),
      item * stride,
    );
  });
  return {
    layout: "plain",
    classes: counts.map((_, label) => `class-${String(label).padStart(3, "0")}`),
    paths: Array.from(labels, (label, item) => `class-${label}/${item}.png`),
    labels,
    pixels,
    width,
    height,
    fingerprint: "0".repeat(64),
    copies: [],
    remarks: [],
    skipped: [],
  };
}
