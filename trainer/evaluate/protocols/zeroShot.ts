import { classMeans } from "../../linear/classMeans.ts";
import { eachCosineRow } from "../ranking/cosines.ts";
import type { Embedded } from "../embedded.ts";
import { largest } from "../ranking/largest.ts";
import { averagePerClass } from "./perClass.ts";

const HITS_AT = [1, 2, 3, 4, 5];

/**
 * Zero-shot recognition (the protocol of Huang et al. on ImageNet 2010): a query of an unseen class is
 * compared to a prototype of every class, the mean of its reference embeddings. Seen classes are among
 * them: an embedding that pulls what is new towards what it knows loses here.
 *
 * @param reference images of all classes, seen and unseen
 * @param query images of unseen classes
 * @returns hit@k by k, 1 to 5: the share of queries with their class among the k prototypes of largest
 *   cosine, averaged over the classes of the queries, 0 to 1
 * @throws Error where a query's class has no reference
 */
export function zeroShotHits(reference: Embedded, query: Embedded): Record<string, number> {
  const { classes, means } = classMeans(reference);
  const known = new Set(classes);
  const missing = Array.from(query.labels).find((label) => !known.has(label));
  if (missing !== undefined) throw new Error(`class ${missing} has queries but no reference`);
  const ranks = new Float64Array(query.labels.length);
  eachCosineRow(query.embeddings, means, query.d, (item, cosines) => {
    const nearest = largest(cosines, Math.max(...HITS_AT));
    const rank = nearest.findIndex((at) => classes[at] === query.labels[item]);
    ranks[item] = rank < 0 ? Infinity : rank;
  });
  return Object.fromEntries(
    HITS_AT.map((k) => {
      const hits = ranks.map((rank) => (rank < k ? 1 : 0));
      return [k, averagePerClass(hits, query.labels)];
    }),
  );
}
