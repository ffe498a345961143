import type * as z from "zod";
import { densityCorrected, localDensity, nearestByDensity } from "./density.ts";
import { pca } from "../linear/pca.ts";
import { project, toUnitRows } from "../linear/projection.ts";
import { whitening } from "../linear/whitening.ts";
import type { Dataset } from "../data/folder.ts";
import { areaUnderRoc } from "../evaluate/pairs/auc.ts";
import type { Embedded } from "../evaluate/embedded.ts";
import { pixelsAsEmbeddings } from "../evaluate/pixels.ts";
import { nearestByCosine } from "../evaluate/ranking/neighbours.ts";
import { chooseQueries } from "../evaluate/ranking/queries.ts";
import { samplePairs } from "../evaluate/pairs/pairs.ts";
import { RECALL_AT, recallAtK } from "../evaluate/ranking/recall.ts";
import type { controlFiguresSchema } from "./runResult.ts";

/**
 * What needs no training, so that a trained method has something to beat. All of them rank by cosine,
 * which on unit vectors is the order of Euclidean distance.
 */

type Figures = z.infer<typeof controlFiguresSchema>;

export interface Control extends Figures {
  title: string;
  /** Of the vectors that are compared. */
  dimensions: number;
}

const COUNT = Math.max(...RECALL_AT);

/** Cosines of pairs, from rows of length 1. */
function cosinesOf(rows: Float32Array, d: number, a: Int32Array, b: Int32Array): Float32Array {
  return Float32Array.from(a, (left, pair) => {
    let sum = 0;
    for (let k = 0; k < d; k++) sum += rows[left * d + k]! * rows[b[pair]! * d + k]!;
    return sum;
  });
}

/** Recall and AUC by cosine. @param embedded rows need not be of length 1 */
export function rankByCosine(given: Embedded, seed: number): Figures {
  const { embeddings, d, labels, queries } = chooseQueries(given, seed);
  const rows = toUnitRows(embeddings, d);
  const { a, b, same } = samplePairs(labels, seed);
  return {
    recall: recallAtK(nearestByCosine(rows, d, COUNT, queries), labels),
    auc: areaUnderRoc(cosinesOf(rows, d, a, b), same),
  };
}

/** Recall and AUC by density-corrected cosine. @param reference m * d training features */
export function rankByDensity(given: Embedded, reference: Float32Array, seed: number): Figures {
  const { embeddings, d, labels, queries } = chooseQueries(given, seed);
  const rows = toUnitRows(embeddings, d);
  const densities = localDensity(rows, reference, d);
  const { a, b, same } = samplePairs(labels, seed);
  const scores = cosinesOf(rows, d, a, b).map((cosine, pair) =>
    densityCorrected(cosine, densities[a[pair]!]!, densities[b[pair]!]!),
  );
  return {
    recall: recallAtK(nearestByDensity(rows, d, densities, COUNT, queries), labels),
    auc: areaUnderRoc(scores, same),
  };
}

/**
 * The controls on what a pretrained network gives before any head: as it is, whitened within classes,
 * projected, both, and density-corrected.
 *
 * @param train features that projections and densities are taken from
 * @param dimensions that PCA keeps; there is none where the features have fewer
 */
export function featureControls(
  train: Embedded,
  test: Embedded,
  dimensions: number,
  seed: number,
): Control[] {
  const { d } = train;
  const rank = (title: string, embeddings: Float32Array, k: number): Control => ({
    title,
    dimensions: k,
    ...rankByCosine({ embeddings, d: k, labels: test.labels }, seed),
  });
  const whitened = whitening(train.embeddings, train.labels, d);
  const whitenedTest = project(test.embeddings, whitened);
  const controls = [
    rank("raw features", test.embeddings, d),
    rank("within-class whitening (Mahalanobis)", whitenedTest, d),
    {
      title: "raw features, density-corrected",
      dimensions: d,
      ...rankByDensity(test, train.embeddings, seed),
    },
  ];
  if (dimensions > d) return controls;
  const axes = pca(train.embeddings, d, dimensions);
  const whitenedAxes = pca(project(train.embeddings, whitened), d, dimensions);
  return [
    ...controls,
    rank("PCA", project(test.embeddings, axes), dimensions),
    rank("whitening + PCA", project(whitenedTest, whitenedAxes), dimensions),
  ];
}

/** The control that needs no network at all: pixels. */
export async function pixelControl(
  data: Dataset,
  items: readonly number[],
  seed: number,
): Promise<Control> {
  const embedded = await pixelsAsEmbeddings(data, items);
  return { title: "raw pixels", dimensions: embedded.d, ...rankByCosine(embedded, seed) };
}
