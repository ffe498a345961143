import type * as tf from "@tensorflow/tfjs-core";
import * as z from "zod";
import type { PddmForm } from "../../shared/pddm/form.ts";
import type { BatchScores } from "./batchScores.ts";

/** The terms of a batch's loss, E_m + lambda E_e (Huang et al., equation 3). A missing term is zero. */
interface Losses {
  /** E_m, the loss of S. */
  metric?: tf.Scalar;
  /** E_e, the loss of the embedding. */
  embedding?: tf.Scalar;
  /** Weight of E_e; 1 by default. */
  lambda?: number;
}

/** Hyperparameter values by name. */
export type Hyperparameters = Readonly<Record<string, number>>;

interface Description {
  /** Title in tables and charts. */
  title: string;
  /** Recall@1 in percent that the PDDM paper reports on CUB-200-2011 and CARS196 for this method. */
  published?: { cub: number; cars: number };
  /** Form of S. The local form is fitted to the features after training; the others are trained. */
  form: PddmForm;
  /** Set if the method learns a proxy for each training class. */
  proxies?: true;
  /** Set if a fixed whitening of the pretrained features teaches the head (training/teacher.ts). */
  teacher?: true;
}

type Shape = Readonly<Record<string, z.ZodDefault<z.ZodNumber>>>;

/** A training method: it mines a batch and computes its losses. */
export interface Method extends Description {
  /** Each has a range, a default and a description. `alpha` is always the margin of E_m. */
  hyperparameters: z.ZodObject<Shape>;
  /**
   * Call it within a `tf.tidy`.
   *
   * @param hyperparameters missing ones take their defaults
   * @throws ZodError for an unknown name or a value out of range
   */
  losses: (batch: BatchScores, hyperparameters: Hyperparameters) => Losses;
}

/**
 * Makes a method from its description.
 *
 * @param definition its `losses` gets a value in range for every hyperparameter
 */
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
