import type { Model } from "../../../shared/model.ts";
import { embedImages, type EmbeddedImages, type OnFailure } from "./embedImages.ts";
import type { Settings } from "../env.ts";
import { HttpError } from "../../http/errors.ts";
import type { ImageItem, Item } from "../request/items.ts";

/** The embeddings of items. `rows` is in the order of the items. */
export interface Embedded<F = never> extends EmbeddedImages<F> {
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

function unitOr<F>(
  values: unknown[],
  dimensions: number,
  where: string,
  onFailure: (error: HttpError) => F,
): Float32Array | F {
  try {
    return toUnit(values, dimensions, where);
  } catch (error) {
    if (error instanceof HttpError) return onFailure(error);
    throw error;
  }
}

/** Refuses the request for the first item that cannot be embedded. */
export const refuse = (error: HttpError): never => {
  throw error;
};

/**
 * Computes the unit vectors of items.
 *
 * @param onFailure called for each item that cannot be embedded
 */
export async function embedItems<F>(
  items: Item[],
  model: Model,
  settings: Settings,
  onFailure: OnFailure<F>,
): Promise<Embedded<F>> {
  const { dimensions } = model.manifest.embedding;
  const rows: (Float32Array | F)[] = [];
  /** The place of each image among the items. */
  const places: number[] = [];
  const images: ImageItem[] = [];
  for (const [index, item] of items.entries()) {
    if (item.kind === "image") {
      places.push(index);
      images.push(item);
    } else {
      rows[index] = unitOr(item.values, dimensions, item.where, (error) => onFailure(error, index));
    }
  }
  const embedded = await embedImages(images, model, settings, (error, image) =>
    onFailure(error, places[image]!),
  );
  embedded.rows.forEach((row, image) => {
    rows[places[image]!] = row;
  });
  return { ...embedded, rows, images: images.length };
}
