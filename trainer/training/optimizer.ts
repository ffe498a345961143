import * as tf from "@tensorflow/tfjs-core";

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/**
 * AdamW (Loshchilov and Hutter, 2019): Adam, with gamma ||W||^2 as a decay of the weights that the
 * gradient's scaling does not touch. tfjs has Adam only, and its state is not exact when restored.
 */
export class AdamW {
  private readonly moments: Map<string, { m: tf.Variable; v: tf.Variable }>;

  /** @param decayed names of the variables that decay: kernels, not biases or norms */
  constructor(
    private readonly variables: ReadonlyMap<string, tf.Variable>,
    private readonly decayed: ReadonlySet<string>,
    private readonly weightDecay: number,
  ) {
    const zeros = ({ shape }: tf.Variable) => tf.tidy(() => tf.variable(tf.zeros(shape), false));
    this.moments = new Map(
      Array.from(variables, ([name, variable]) => [
        name,
        { m: zeros(variable), v: zeros(variable) },
      ]),
    );
  }

  /** The state to save, by name; `step` is the caller's to keep. */
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
   * @param rateOf the learning rate of a variable, by name
   * @param gradients by name; a variable that has none stays as it is
   */
  update(
    step: number,
    rateOf: (name: string) => number,
    gradients: ReadonlyMap<string, tf.Tensor>,
  ): void {
    const correction1 = 1 - BETA1 ** step;
    const correction2 = 1 - BETA2 ** step;
    for (const [name, variable] of this.variables) {
      const gradient = gradients.get(name);
      const moments = this.moments.get(name);
      if (!gradient || !moments) continue;
      const learningRate = rateOf(name);
      tf.tidy(() => {
        const { m, v } = moments;
        m.assign(tf.add(tf.mul(m, BETA1), tf.mul(gradient, 1 - BETA1)));
        v.assign(tf.add(tf.mul(v, BETA2), tf.mul(tf.square(gradient), 1 - BETA2)));
        const scale = tf.add(tf.sqrt(tf.div(v, correction2)), EPSILON);
        const change = tf.div(tf.mul(m, learningRate / correction1), scale);
        const decay = this.decayed.has(name) ? 1 - learningRate * this.weightDecay : 1;
        variable.assign(tf.sub(tf.mul(variable, decay), change));
      });
    }
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
