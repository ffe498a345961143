import sharp from "sharp";
import type { Dataset } from "../data/folder.ts";
import { gatherPixels } from "../data/inputs/pixels.ts";
import { RERANKED } from "./evaluate.ts";
import type { Embedded } from "./embedded.ts";
import { nearestByCosine } from "./ranking/neighbours.ts";
import { chooseQueries } from "./ranking/queries.ts";
import { type Recall, recallAtK } from "./ranking/recall.ts";

/** Larger pictures are made smaller, and those of many images more so: as floats they fill the memory. */
const MAX_SIDE = 48;
const MAX_VALUES = 32_000_000;

/**
 * Pixels as embeddings, for the baseline that needs no network; not of length 1.
 *
 * @param maxValues the most floats that all embeddings together may have
 */
export async function pixelsAsEmbeddings(
  data: Dataset,
  items: readonly number[],
  maxValues = MAX_VALUES,
): Promise<Embedded> {
  const { width, height } = data;
  const affordable = Math.max(1, Math.floor(Math.sqrt(maxValues / 3 / items.length)));
  const side = Math.min(MAX_SIDE, affordable);
  const isSmall = width <= side && height <= side;
  const size = isSmall ? { width, height } : { width: side, height: side };
  const d = size.width * size.height * 3;
  const embeddings = new Float32Array(items.length * d);
  for (const [at, item] of items.entries()) {
    const pixels = gatherPixels(data, [item]);
    const small = isSmall
      ? pixels
      : await sharp(pixels, { raw: { width, height, channels: 3 } })
          .resize(size.width, size.height, { fit: "fill" })
          .raw()
          .toBuffer();
    embeddings.set(small, at * d);
  }
  return { embeddings, d, labels: items.map((item) => data.labels[item]!) };
}

/** Recall@K of pixels by cosine. @param seed of the queries, where the images are too many */
export async function recallOfPixels(
  data: Dataset,
  items: readonly number[],
  seed: number,
): Promise<Recall> {
  const embedded = chooseQueries(await pixelsAsEmbeddings(data, items), seed);
  const { embeddings, d, labels, queries } = embedded;
  return recallAtK(nearestByCosine(embeddings, d, RERANKED, queries), labels);
}
