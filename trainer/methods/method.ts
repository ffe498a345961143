import type * as tf from "@tensorflow/tfjs-core";
import * as z from "zod";
import type { PddmForm } from "../../shared/pddm/form.ts";
import type { BatchScores } from "./batchScores.ts";

/** The terms of a batch's loss: E_m, E_e, or E_m + lambda E_e (Huang et al., equation 3). */
export interface Losses {
  /** E_m: what S learns. */
  metric?: tf.Scalar;
  /** E_e: what the embedding follows. */
  embedding?: tf.Scalar;
  /** Weight of E_e beside E_m; 1 by default. */
  lambda?: number;
}

/** Values by name. */
export type Hyperparameters = Readonly<Record<string, number>>;

interface Description {
  /** What tables and charts call it. */
  title: string;
  /** The paper's Recall@1 on CUB-200-2011 and CARS196 with its own network, where it lists the method. */
  published?: { cub: number; cars: number };
  /** The form of S: the unit that the method trains, or the local form, which is fitted to its features. */
  form: PddmForm;
  /** Whether it learns a proxy for each training class. */
  proxies?: true;
  /** Whether a fixed whitening of the pretrained features teaches the head (training/teacher.ts). */
  teacher?: true;
}

type Shape = Readonly<Record<string, z.ZodDefault<z.ZodNumber>>>;

/** A way to train: which pairs of a batch count, and which losses follow from them. */
export interface Method extends Description {
  /** Each with its range, default and description. `alpha` is always the margin of E_m. */
  hyperparameters: z.ZodObject<Shape>;
  /**
   * Must be called within a tidy.
   *
   * @param hyperparameters those left out take their defaults
   */
  losses: (batch: BatchScores, hyperparameters: Hyperparameters) => Losses;
}

/** @param definition `losses` gets the hyperparameters complete and in their ranges */
export function defineMethod<S extends Shape>({
  hyperparameters,
  losses,
  ...description
}: Description & {
  hyperparameters: S;
  losses: (batch: BatchScores, hyperparameters: z.output<z.ZodObject<S>>) => Losses;
}): Method {
  const schema = z.strictObject(hyperparameters);
  return {
    ...description,
    hyperparameters: schema,
    losses: (batch, given) => losses(batch, schema.parse(given)),
  };
}
