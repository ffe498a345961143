import * as tf from "@tensorflow/tfjs-core";
import * as z from "zod";
import type { BatchScores } from "./batchScores.ts";
import { normalizedSoftmax } from "./losses/normalizedSoftmax.ts";
import { selfDistillation } from "./losses/selfDistillation.ts";
import { defineMethod } from "./method.ts";

/**
 * Normalized softmax over proxies, with self-distillation. If the batch has a teacher, the loss is the sum
 * of three terms of equal weight: the softmax of the head, the softmax of the teacher on its own proxies,
 * and the distillation loss, which moves the head's similarities towards the teacher's. Without a teacher
 * it is the first term alone.
 */
export const distilledSoftmax = defineMethod({
  title: "softmax over proxies, self-distilled",
  form: "local",
  proxies: true,
  teacher: true,
  // The temperature is from Zhai and Wu (2019), the smoothing from Teh et al. (ProxyNCA++, 2020).
  hyperparameters: {
    temperature: z.number().gt(0).default(0.08).describe("temperature of the softmax"),
    smoothing: z
      .number()
      .min(0)
      .lt(1)
      .default(0.1)
      .describe("label smoothing: share of the label that is spread over all classes"),
    distillation: z.number().gt(0).default(0.1).describe("temperature of the distillation loss"),
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
