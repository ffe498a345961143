import type { Spread } from "./collapse.ts";
import type { Recall } from "./ranking/recall.ts";
import type { Reliability } from "./pairs/reliability.ts";
import type { Separation } from "./pairs/separation.ts";

/** How well one of the two similarities ranks and separates images of classes never seen. */
export interface Ranking {
  /** Recall@1 ... @32 of the queries against all other images. */
  recall: Recall;
  /** MAP@R (Musgrave et al., 2020). */
  mapAtR: number;
  /** Area under the ROC curve of same- against different-class pairs. */
  auc: number;
  /** Histograms of same- and different-class pairs, and how much they overlap. */
  separation: Separation;
}

/** All that is measured of one set of embeddings and their PDDM unit. */
export interface Measures {
  images: number;
  classes: number;
  /** How many of the images were queries; all, unless there are too many (ranking/queries.ts). */
  queries: number;
  /** By Euclidean distance. */
  d: Ranking;
  /** By S, over all images. */
  s: Ranking;
  /**
   * By S with densities of the gallery (gallery.ts), and its probability. Null if S does not have the local
   * form, or too few images are queries.
   */
  gallery: (Ranking & { reliability: Reliability }) | null;
  /** Recall where S reorders the 50 nearest by D. */
  recallReranked: Recall;
  /** Normalized mutual information of k-means clusters and classes. */
  nmi: number;
  /** Of the calibrated probability, same- and different-class pairs weighing the same. */
  reliability: Reliability;
  spread: Spread;
}
