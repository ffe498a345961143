import { sampleBelow, seededRandom } from "../../random.ts";
import { type Embedded, pick } from "../embedded.ts";

/**
 * Each query is compared with all items, and so many comparisons take minutes. Up to 63,245 items, all of
 * them are queries; of more items, a part.
 */
const MAX_COMPARISONS = 4e9;

/** Embeddings, the first `queries` of which are queries against all others. */
export interface Queried extends Embedded {
  queries: number;
}

/**
 * Makes all items queries or, where that takes more than `comparisons`, some drawn at random, which then
 * come first.
 */
export function chooseQueries(
  embedded: Embedded,
  seed: number,
  comparisons = MAX_COMPARISONS,
): Queried {
  const n = embedded.labels.length;
  const queries = Math.min(n, Math.max(1, Math.floor(comparisons / n)));
  if (queries === n) return { ...embedded, queries };
  const drawn = new Set(sampleBelow(n, queries, seededRandom(seed, n, 4)));
  const items = Array.from({ length: n }, (_, item) => item);
  const order = [
    ...items.filter((item) => drawn.has(item)),
    ...items.filter((item) => !drawn.has(item)),
  ];
  return { ...pick(embedded, order), queries };
}

/** What a reader has to know of a ranking whose queries are a sample; null where all images are queries. */
export const describeQueries = (queries: number, images: number): string | null =>
  queries < images ? `${queries} of the ${images} images, drawn at random, are queries` : null;
