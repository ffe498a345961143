import { toPixels } from "../../shared/image.ts";
import type { Model } from "../../shared/model.ts";
import { decodeImage } from "./decode/decode.ts";
import { ApiError } from "./error.ts";
import type { Item } from "./items.ts";

export interface Embedded {
  /** Unit vectors in the order of the items. */
  rows: Float32Array[];
  /** How many of the items were images. */
  images: number;
  /** Milliseconds, for the Server-Timing header. */
  timing: { decode: number; embed: number };
}

/**
 * A given embedding at length 1, where S is defined.
 *
 * @throws ApiError 400 where it has not `dimensions` finite numbers, or only zeros
 */
function toUnit(values: unknown[], dimensions: number, where: string): Float32Array {
  const list = `${where}.embedding`;
  const refuse = (problem: string, param = list) =>
    new ApiError(400, "invalid_embedding", `${param} ${problem}`, param);
  if (values.length !== dimensions) {
    throw refuse(`has ${values.length} numbers; this model's embeddings have ${dimensions}`);
  }
  // By hand: a request may bring a million numbers.
  const vector = values.filter((value): value is number => Number.isFinite(value));
  if (vector.length < values.length) {
    const at = values.findIndex((value) => !Number.isFinite(value));
    throw refuse("is not a finite number", `${list}[${at}]`);
  }
  const largest = vector.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  if (largest === 0) throw refuse("is all zeros and points nowhere");
  // Divided first: the squares of large or small numbers leave the range of a number.
  const scaled = vector.map((value) => value / largest);
  const norm = Math.sqrt(scaled.reduce((sum, value) => sum + value * value, 0));
  return new Float32Array(scaled.map((value) => value / norm));
}

/**
 * The unit vectors of items. Images are decoded one after the other, each to the network's size,
 * so that only one large bitmap exists at a time, and embedded together.
 *
 * @throws ApiError 400, 413 or 422 for the first item that cannot be embedded
 */
export async function embedItems(
  items: Item[],
  model: Model,
  maxPixels: number,
): Promise<Embedded> {
  const { input, embedding } = model.manifest;
  const started = performance.now();
  const given = items.map((item) =>
    item.kind === "embedding" ? toUnit(item.values, embedding.dimensions, item.where) : undefined,
  );
  const images = items.filter((item) => item.kind === "image");
  const imageSize = input.width * input.height * 3;
  const pixels = new Uint8Array(images.length * imageSize);
  for (const [i, { bytes, where }] of images.entries()) {
    const resized = await decodeImage(bytes(), where, maxPixels, (bitmap) =>
      toPixels(bitmap, input),
    );
    pixels.set(resized, i * imageSize);
  }
  const decoded = performance.now();
  const vectors = images.length > 0 ? model.embed(pixels) : new Float32Array();
  const ended = performance.now();
  let next = 0;
  const rows = given.map((row) => {
    if (row) return row;
    const start = next++ * embedding.dimensions;
    return vectors.subarray(start, start + embedding.dimensions);
  });
  return {
    rows,
    images: images.length,
    timing: { decode: decoded - started, embed: ended - decoded },
  };
}
