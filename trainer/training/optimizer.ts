import * as tf from "@tensorflow/tfjs-core";
import { decays, type ParameterGroup, variablesOf } from "./parameterGroups.ts";

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/**
 * AdamW (Loshchilov and Hutter, 2019): Adam, with gamma ||W||^2 as a decay of the weights that the
 * gradient's scaling does not touch. tfjs has Adam only, and its state is not exact when restored.
 */
export class AdamW {
  private readonly moments: Map<string, { m: tf.Variable; v: tf.Variable }>;

  constructor(
    private readonly groups: readonly ParameterGroup[],
    private readonly weightDecay: number,
  ) {
    const zeros = ({ shape }: tf.Variable) => tf.tidy(() => tf.variable(tf.zeros(shape), false));
    this.moments = new Map(
      Array.from(variablesOf(groups), ([name, variable]) => [
        name,
        { m: zeros(variable), v: zeros(variable) },
      ]),
    );
  }

  /** The state to save, by name. The caller keeps `step`. */
  state(): Map<string, tf.Variable> {
    return new Map(
      Array.from(this.moments).flatMap(([name, { m, v }]): [string, tf.Variable][] => [
        [`${name}/m`, m],
        [`${name}/v`, v],
      ]),
    );
  }

  /**
   * @param step counts from 1
   * @param rateAt the learning rate of this step, from a group's peak
   * @param gradients as `tf.variableGrads` gives them; a variable without one stays as it is
   */
  update(step: number, rateAt: (peak: number) => number, gradients: tf.NamedTensorMap): void {
    for (const group of this.groups) {
      const learningRate = rateAt(group.learningRate);
      for (const [name, variable] of group.variables) {
        const gradient = gradients[variable.name];
        if (!gradient) continue;
        const decay = decays(group, variable) ? 1 - learningRate * this.weightDecay : 1;
        this.move(name, variable, gradient, step, learningRate, decay);
      }
    }
  }

  private move(
    name: string,
    variable: tf.Variable,
    gradient: tf.Tensor,
    step: number,
    learningRate: number,
    decay: number,
  ): void {
    const moments = this.moments.get(name);
    if (!moments) throw new Error(`"${name}" has no moments`);
    const { m, v } = moments;
    tf.tidy(() => {
      m.assign(tf.add(tf.mul(m, BETA1), tf.mul(gradient, 1 - BETA1)));
      v.assign(tf.add(tf.mul(v, BETA2), tf.mul(tf.square(gradient), 1 - BETA2)));
      const scale = tf.add(tf.sqrt(tf.div(v, 1 - BETA2 ** step)), EPSILON);
      const change = tf.div(tf.mul(m, learningRate / (1 - BETA1 ** step)), scale);
      variable.assign(tf.sub(tf.mul(variable, decay), change));
    });
  }

  dispose(): void {
    tf.dispose([...this.state().values()]);
  }
}

const WARM_UP_SHARE = 0.05;

/** Linear warm-up over the first steps, then cosine decay to 0. @param step counts from 1 */
export function learningRateAt(step: number, steps: number, peak: number): number {
  const warmUp = Math.max(1, Math.round(steps * WARM_UP_SHARE));
  if (step <= warmUp) return (peak * step) / warmUp;
  return (peak * (1 + Math.cos((Math.PI * (step - warmUp)) / (steps - warmUp + 1)))) / 2;
}
