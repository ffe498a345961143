import * as tf from "@tensorflow/tfjs-core";
import type { PddmForm } from "../../shared/pddm/form.ts";
import type { BatchScores } from "./batchScores.ts";
import { detach } from "./detach.ts";
import { allNegativesHinge } from "./losses/allNegatives.ts";
import { contrastive } from "./losses/contrastive.ts";
import { doubleHeaderHinge } from "./losses/doubleHeader.ts";
import { lifted } from "./losses/lifted.ts";
import { multiSimilarity } from "./losses/multiSimilarity.ts";
import { normalizedSoftmax } from "./losses/normalizedSoftmax.ts";
import { proxyAnchor } from "./losses/proxyAnchor.ts";
import { selfDistillation } from "./losses/selfDistillation.ts";
import { tripletHinge } from "./losses/triplet.ts";
import { mineBatchHard } from "./mining/batchHard.ts";
import { mineEveryPositive } from "./mining/everyPositive.ts";
import { mineHardest } from "./mining/hardest.ts";
import { mineHardestTriplet } from "./mining/hardestTriplet.ts";
import { mineSemiHard } from "./mining/semiHard.ts";

/** The two headers of a batch's loss; a method may have one of them only. */
export interface Headers {
  /** E_m: the metric S learns. */
  metric?: tf.Scalar;
  /** E_e: the embedding follows. */
  embedding?: tf.Scalar;
}

/** A way to train: what is mined of a batch, and which loss is followed. */
export interface Method {
  title: string;
  /** The paper's Recall@1 (CUB-200-2011, CARS196) with its own network, where it has the method. */
  published?: { cub: number; cars: number };
  /** Of S: the unit that the method trains, or the local form, fitted to its features. */
  form: PddmForm;
  /** Whether it learns a proxy, a stand-in, for each training class. */
  proxies?: true;
  /** Whether a fixed whitening of what the head reads, if that trains, teaches the head. */
  teacher?: true;
  headers(batch: BatchScores): Headers;
}

export const METHOD_NAMES = [
  "contrastive",
  "triplet-hard",
  "triplet-semihard",
  "lifted",
  "quadruplet",
  "pddm-triplet",
  "pddm-quadruplet",
  "pddm-score-only",
  "pddm-feature-only",
  "pddm-residual",
  "multi-similarity",
  "proxy-anchor",
  "best",
] as const;

export type MethodName = (typeof METHOD_NAMES)[number];

const TRIPLET_MARGIN = 0.2;

const closeness = (batch: BatchScores) => tf.neg<tf.Tensor2D>(batch.distances);

/** Of the features and their proxies. */
function classification({ features, labels, proxies }: BatchScores): tf.Scalar {
  if (!proxies) throw new Error("normalized softmax needs proxies");
  return normalizedSoftmax(features, labels, proxies);
}

/** The one hardest quadruplet of the batch, by a similarity. */
const quadrupletsOf = (batch: BatchScores, similarity: tf.Tensor2D) =>
  mineHardest(detach(similarity), batch.labels);

export const METHODS: Record<MethodName, Method> = {
  contrastive: {
    title: "contrastive",
    published: { cub: 26.4, cars: 21.7 },
    form: "local",
    headers: ({ distances, labels }) => ({ embedding: contrastive(distances, labels) }),
  },
  "triplet-hard": {
    title: "triplet, batch-hard",
    form: "local",
    headers: (batch) => {
      const triplets = mineBatchHard(detach(closeness(batch)), batch.labels);
      return { embedding: tripletHinge(closeness(batch), triplets, TRIPLET_MARGIN) };
    },
  },
  "triplet-semihard": {
    title: "triplet, semi-hard",
    published: { cub: 36.1, cars: 39.1 },
    form: "local",
    headers: (batch) => {
      const triplets = mineSemiHard(detach(closeness(batch)), batch.labels);
      return { embedding: tripletHinge(closeness(batch), triplets, TRIPLET_MARGIN) };
    },
  },
  lifted: {
    title: "lifted structure",
    published: { cub: 47.2, cars: 49 },
    form: "local",
    headers: ({ distances, labels }) => ({ embedding: lifted(distances, labels) }),
  },
  quadruplet: {
    title: "quadruplet, mined by D",
    form: "local",
    headers: (batch) => {
      const quadruplets = mineEveryPositive(detach(closeness(batch)), batch.labels);
      return { embedding: doubleHeaderHinge(closeness(batch), quadruplets, batch.margins.beta) };
    },
  },
  "pddm-triplet": {
    title: "PDDM + triplet, as published",
    published: { cub: 50.9, cars: 46.4 },
    form: "published",
    headers: (batch) => {
      const triplets = mineHardestTriplet(detach(batch.s), batch.labels);
      return {
        metric: tripletHinge(batch.s, triplets, batch.margins.alpha),
        embedding: tripletHinge(closeness(batch), triplets, batch.margins.beta),
      };
    },
  },
  "pddm-quadruplet": {
    title: "PDDM + quadruplet, as published",
    published: { cub: 58.3, cars: 57.4 },
    form: "published",
    headers: (batch) => {
      const quadruplets = quadrupletsOf(batch, batch.s);
      return {
        metric: doubleHeaderHinge(batch.s, quadruplets, batch.margins.alpha),
        embedding: doubleHeaderHinge(closeness(batch), quadruplets, batch.margins.beta),
      };
    },
  },
  "pddm-score-only": {
    title: "the same, score layer only",
    form: "published",
    headers: (batch) => ({
      metric: doubleHeaderHinge(batch.s, quadrupletsOf(batch, batch.s), batch.margins.alpha),
    }),
  },
  "pddm-feature-only": {
    title: "the same, feature layer only",
    form: "published",
    // Without the metric's header nothing trains S, so D mines.
    headers: (batch) => {
      const quadruplets = quadrupletsOf(batch, closeness(batch));
      return { embedding: doubleHeaderHinge(closeness(batch), quadruplets, batch.margins.beta) };
    },
  },
  "pddm-residual": {
    title: "PDDM, residual unit, nothing mined by S",
    form: "residual",
    headers: (batch) => {
      const quadruplets = mineEveryPositive(detach(closeness(batch)), batch.labels);
      return {
        metric: allNegativesHinge(batch.s, batch.labels, batch.margins.alpha),
        embedding: doubleHeaderHinge(closeness(batch), quadruplets, batch.margins.beta),
      };
    },
  },
  "multi-similarity": {
    title: "multi-similarity",
    form: "local",
    headers: ({ cosines, labels }) => ({ embedding: multiSimilarity(cosines, labels) }),
  },
  "proxy-anchor": {
    title: "Proxy-Anchor",
    form: "local",
    proxies: true,
    headers: ({ features, labels, proxies }) => {
      if (!proxies) throw new Error("Proxy-Anchor needs proxies");
      return { embedding: proxyAnchor(features, labels, proxies) };
    },
  },
  best: {
    title: "ours",
    form: "local",
    proxies: true,
    teacher: true,
    headers: (batch) => {
      const { teacher } = batch;
      if (!teacher) return { embedding: classification(batch) };
      const distilled = selfDistillation(batch.cosines, teacher.cosines);
      const parts = [classification(batch), classification(teacher), distilled];
      return { embedding: tf.addN<tf.Scalar>(parts) };
    },
  },
};
