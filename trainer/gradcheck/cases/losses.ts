import * as tf from "@tensorflow/tfjs-core";
import { l2Normalize } from "../../../shared/normalize.ts";
import { pddmWeights, type UnitShape } from "../../../shared/pddm/form.ts";
import { Pddm } from "../../../shared/pddm/unit.ts";
import { BatchScores } from "../../methods/batchScores.ts";
import { selfDistillation } from "../../methods/losses/selfDistillation.ts";
import { METHOD_NAMES, METHODS, type MethodName } from "../../methods/methods.ts";
import { objective } from "../../training/objective.ts";
import type { Case } from "../case.ts";
import { differentiable, valueAndGradients } from "../differentiable.ts";

/** Classes of unequal size in mixed order, one with a single item. */
const LABELS = [0, 2, 1, 0, 3, 2, 0, 1, 4, 2, 3, 1];
const CLASSES = 5;
const DIMENSIONS = { student: 8, teacher: 10, hidden: 6 };

/** A method with a unit, but without a loss that trains it. */
const UNIT_IDLE: MethodName = "pddm-feature-only";

/** The loss E of a method with default hyperparameters, as a function of features, unit, proxies and teacher. */
function method(name: MethodName): Case {
  const { form, proxies, teacher } = METHODS[name];
  const unitShape: UnitShape | null =
    form === "local" || name === UNIT_IDLE ? null : { form, hidden: DIMENSIONS.hidden };
  const space = (of: "student" | "teacher"): [string, number[]][] => [
    [of, [LABELS.length, DIMENSIONS[of]]],
    ...(proxies ? [[`${of}/proxies`, [CLASSES, DIMENSIONS[of]]] satisfies [string, number[]]] : []),
  ];
  const shapes = new Map([
    ...space("student"),
    ...(teacher ? space("teacher") : []),
    ...(unitShape ? pddmWeights(unitShape, DIMENSIONS.student) : []).map(
      ({ name, shape }): [string, number[]] => [name, shape],
    ),
  ]);
  const e = (...inputs: tf.Tensor[]) => {
    const given = new Map(Array.from(shapes.keys(), (key, i) => [key, inputs[i] as tf.Tensor2D]));
    const unit = unitShape && new Pddm(unitShape.form, given);
    const scores = (of: "student" | "teacher", taughtBy?: BatchScores) => {
      const features = l2Normalize(given.get(of) ?? tf.zeros([0, 0]));
      return new BatchScores(unit, features, LABELS, given.get(`${of}/proxies`), taughtBy);
    };
    const batch = scores("student", teacher && scores("teacher"));
    return objective(METHODS[name], batch, {}).total;
  };
  return { name, run: () => valueAndGradients(e, shapes) };
}

const cosines = (x: tf.Tensor) => {
  const rows = l2Normalize(x as tf.Tensor2D);
  return tf.matMul<tf.Tensor2D>(rows, rows, false, true);
};

export const losses: Case[] = [
  ...METHOD_NAMES.map(method),
  differentiable(
    "self-distillation alone",
    (student) =>
      selfDistillation(cosines(student), cosines(tf.randomNormal([6, 5], 0, 1, "float32", 1)), 0.1),
    [[6, 4]],
  ),
];
