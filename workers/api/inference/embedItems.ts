import type { Model } from "../../../shared/model.ts";
import { embedImages, type EmbeddedImages } from "./embedImages.ts";
import type { Settings } from "../env.ts";
import { HttpError } from "../../http/errors.ts";
import type { Item } from "../request/items.ts";

/** The embeddings of items. `rows` is in the order of the items. */
export interface Embedded extends EmbeddedImages {
  /** Number of items that were images. */
  images: number;
}

/**
 * Scales a given embedding to length 1, because S is defined on unit vectors.
 *
 * @throws HttpError 400 if it does not consist of `dimensions` finite numbers, or all of them are 0
 */
function toUnit(values: unknown[], dimensions: number, where: string): Float32Array {
  const list = `${where}.embedding`;
  const refuse = (problem: string, param = list) =>
    new HttpError("invalid_embedding", `${param} ${problem}`, param);
  if (values.length !== dimensions) {
    throw refuse(`has ${values.length} numbers; this model's embeddings have ${dimensions}`);
  }
  // Checked without zod, which would be slow on a million numbers.
  const vector = values.filter((value): value is number => Number.isFinite(value));
  if (vector.length < values.length) {
    const at = values.findIndex((value) => !Number.isFinite(value));
    throw refuse("is not a finite number", `${list}[${at}]`);
  }
  const largest = vector.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  if (largest === 0) throw refuse("is all zeros and has no direction");
  // Scaled first, because squares of very large or small numbers overflow or underflow.
  const scaled = vector.map((value) => value / largest);
  const norm = Math.sqrt(scaled.reduce((sum, value) => sum + value * value, 0));
  return new Float32Array(scaled.map((value) => value / norm));
}

/**
 * Computes the unit vectors of items.
 *
 * @throws HttpError 400, 413 or 422 for the first item that cannot be embedded
 */
export async function embedItems(
  items: Item[],
  model: Model,
  settings: Settings,
): Promise<Embedded> {
  const { dimensions } = model.manifest.embedding;
  const given = items.map((item) =>
    item.kind === "embedding" ? toUnit(item.values, dimensions, item.where) : undefined,
  );
  const images = items.filter((item) => item.kind === "image");
  const { rows, ...embedded } = await embedImages(images, model, settings);
  let next = 0;
  return {
    rows: given.map((row) => row ?? rows[next++]!),
    images: images.length,
    ...embedded,
  };
}
