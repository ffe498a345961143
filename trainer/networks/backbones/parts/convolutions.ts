import { initializers, layers, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { BatchNormalization } from "../../layers/batchNormalization.ts";
import { chain } from "../../layers/chain.ts";
import { HardSigmoid } from "../../layers/hardSigmoid.ts";
import { HardSwish } from "../../layers/hardSwish.ts";
import { Relu6 } from "../../layers/relu6.ts";
import { sizeAt } from "../../sizeAt.ts";

export type Activation = "linear" | "relu" | "relu6" | "hard_swish";

/** What convolutions of a network have in common. */
export interface Common {
  /** Padding of convolutions of stride 2: that of TensorFlow, or the same on every side (PyTorch, MXNet). */
  padding: "same" | "symmetric";
  /** Epsilon of the batch norms: 1e-3 in TensorFlow, 1e-5 in PyTorch and MXNet. */
  epsilon: number;
}

/** What differs from a pointwise, linear convolution. */
interface Options {
  kernel?: number;
  stride?: number;
  activation?: Activation;
}

/** PyTorch's convolutions. */
export const PYTORCH_COMMON: Common = { padding: "symmetric", epsilon: 1e-5 };

/** Rounds to a multiple of 8, which is at least 0.9 times `channels`. */
export function roundChannels(channels: number): number {
  const rounded = Math.max(8, Math.floor((channels + 4) / 8) * 8);
  return rounded < 0.9 * channels ? rounded + 8 : rounded;
}

/**
 * Makes convolutions with batch norm and activation. Their layers have the name of the convolution, with the
 * suffixes `-pad`, `-norm` and, for any activation, `-relu`. Each convolution draws its weights from the next seed.
 */
export class Convolutions {
  private drawn = 0;

  constructor(
    private readonly common: Common,
    private readonly seed: number,
  ) {}

  full(x: SymbolicTensor, name: string, filters: number, options: Options = {}): SymbolicTensor {
    const { zeros, config } = this.window(name, options);
    const kernelInitializer = this.heNormal(config.kernelSize ** 2 * sizeAt(x, 3));
    const convolution = layers.conv2d({ ...config, filters, kernelInitializer });
    return chain(x, ...zeros, convolution, ...this.after(name, options));
  }

  depthwise(x: SymbolicTensor, name: string, options: Options): SymbolicTensor {
    const { zeros, config } = this.window(name, options);
    const depthwiseInitializer = this.heNormal(config.kernelSize ** 2);
    const convolution = layers.depthwiseConv2d({ ...config, depthwiseInitializer });
    return chain(x, ...zeros, convolution, ...this.after(name, options));
  }

  /**
   * Multiplies every channel by a gate that depends on the means of all channels (Hu et al. 2017,
   * "Squeeze-and-Excitation Networks"), with the hard sigmoid of MobileNetV3.
   *
   * @param squeezed channels between the two layers
   */
  squeezeExcitation(x: SymbolicTensor, name: string, squeezed: number): SymbolicTensor {
    const channels = sizeAt(x, 3);
    const pointwise = (part: string, ins: number, filters: number) => {
      const config = { name: `${name}-${part}`, filters, kernelSize: 1 };
      return layers.conv2d({ ...config, kernelInitializer: this.heNormal(ins) });
    };
    const gate = chain(
      x,
      layers.globalAveragePooling2d({ name: `${name}-mean` }),
      layers.reshape({ name: `${name}-pixel`, targetShape: [1, 1, channels] }),
      pointwise("squeeze", channels, squeezed),
      layers.activation({ name: `${name}-squeeze-relu`, activation: "relu" }),
      pointwise("excite", squeezed, channels),
      new HardSigmoid({ name: `${name}-gate` }),
    );
    return chain([x, gate], layers.multiply({ name: `${name}-gated` }));
  }

  private heNormal(fanIn: number) {
    const seed = this.seed + this.drawn++;
    return initializers.randomNormal({ stddev: Math.sqrt(2 / fanIn), seed });
  }

  /** With stride 2, symmetric padding needs a layer of explicit zeros. */
  private window(name: string, { kernel = 1, stride = 1 }: Options) {
    const edge = Math.floor(kernel / 2);
    const explicit = stride > 1 && edge > 0 && this.common.padding === "symmetric";
    const zeros = explicit ? [layers.zeroPadding2d({ name: `${name}-pad`, padding: edge })] : [];
    const config = { name, kernelSize: kernel, strides: stride, useBias: false };
    const padding = explicit || edge === 0 ? "valid" : "same";
    return { zeros, config: { ...config, padding } as const };
  }

  private after(name: string, { activation = "linear" }: Options) {
    const { epsilon } = this.common;
    const norm = new BatchNormalization({ name: `${name}-norm`, epsilon, momentum: 0.9 });
    return activation === "linear" ? [norm] : [norm, activate(`${name}-relu`, activation)];
  }
}

function activate(name: string, activation: Exclude<Activation, "linear">) {
  if (activation === "relu") return layers.activation({ name, activation });
  return activation === "relu6" ? new Relu6({ name }) : new HardSwish({ name });
}
