import type { Model } from "../../../shared/model.ts";
import { embedImages, type EmbeddedImages } from "./embedImages.ts";
import type { Settings } from "../env.ts";
import { HttpError } from "../../http/errors.ts";
import type { Item } from "../request/items.ts";

/** Rows are in the order of the items. */
export interface Embedded extends EmbeddedImages {
  /** How many of the items were images. */
  images: number;
}

/**
 * A given embedding at length 1, where S is defined.
 *
 * @throws HttpError 400 where it has not `dimensions` finite numbers, or only zeros
 */
function toUnit(values: unknown[], dimensions: number, where: string): Float32Array {
  const list = `${where}.embedding`;
  const refuse = (problem: string, param = list) =>
    new HttpError("invalid_embedding", `${param} ${problem}`, param);
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
 * The unit vectors of items.
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
