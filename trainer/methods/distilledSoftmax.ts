import * as tf from "@tensorflow/tfjs-core";
import * as z from "zod";
import type { BatchScores } from "./batchScores.ts";
import { normalizedSoftmax } from "./losses/normalizedSoftmax.ts";
import { selfDistillation } from "./losses/selfDistillation.ts";
import { defineMethod } from "./method.ts";

/**
 * Normalized softmax over proxies. Where there is a teacher, it trains with the same loss on proxies of
 * its own, and the head also learns from it how the items of a batch lie to each other. The three terms
 * weigh the same.
 */
export const distilledSoftmax = defineMethod({
  title: "softmax over proxies, self-distilled",
  form: "local",
  proxies: true,
  teacher: true,
  // The temperature is that of Zhai and Wu, the smoothing that of Teh et al. (ProxyNCA++, 2020).
  hyperparameters: {
    temperature: z.number().gt(0).default(0.08).describe("divides the cosines of the softmax"),
    smoothing: z
      .number()
      .min(0)
      .lt(1)
      .default(0.1)
      .describe("share of an item's label that is spread over all classes"),
    distillation: z
      .number()
      .gt(0)
      .default(0.1)
      .describe("divides the cosines that head and teacher compare"),
  },
  losses: (batch, { distillation, ...softmax }) => {
    const classify = ({ features, labels, proxies }: BatchScores) =>
      normalizedSoftmax(features, labels, proxies, softmax);
    const { teacher } = batch;
    if (!teacher) return { embedding: classify(batch) };
    const distilled = selfDistillation(batch.cosines, teacher.cosines, distillation);
    const parts = [classify(batch), classify(teacher), distilled];
    return { embedding: tf.addN<tf.Scalar>(parts) };
  },
});
