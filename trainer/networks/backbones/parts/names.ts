/** The place of a weight in a backbone. */
export interface Place {
  /** The block, or -1 for the layers before and after the blocks. */
  block: number;
  /** The convolution: `conv0`, `expand`. */
  part: string;
  /** Whether the weight belongs to the batch norm of the part. */
  norm: boolean;
  weight: string;
}

const WEIGHT = /^(?:block(\d+)-)?([\w-]+?)(-norm)?\/(\w+)$/;

/** Finds the place of a weight. @param weight its name in tfjs-layers: `block3-expand-norm/gamma` */
export function placeOf(weight: string): Place {
  const [, block = "-1", part, norm, name] = WEIGHT.exec(weight) ?? [];
  if (part === undefined || name === undefined) {
    throw new Error(`"${weight}" is not a weight of a backbone`);
  }
  return { block: Number(block), part, norm: norm !== undefined, weight: name };
}

/** PyTorch's names of our weights. */
export const PYTORCH: Record<string, string> = {
  kernel: "weight",
  bias: "bias",
  depthwise_kernel: "weight",
  gamma: "weight",
  beta: "bias",
  moving_mean: "running_mean",
  moving_variance: "running_var",
};

/** PyTorch's modules of a convolution and of its batch norm, if it has one, by part of a block. */
export type Modules = Partial<Record<string, readonly [convolution: string, norm?: string]>>;

interface Naming {
  /** Number of blocks of each stage. */
  stages: readonly number[];
  /** `blocks.2.0.` of the first block of the third stage. */
  prefix: (stage: number, index: number) => string;
  modules: Modules;
  /** Those of block 0 that differ. */
  first?: Modules;
}

/** Stage of a block, and its index therein. */
function positionOf(block: number, stages: readonly number[]): [stage: number, index: number] {
  let index = block;
  const stage = stages.findIndex((count) => {
    if (index < count) return true;
    index -= count;
    return false;
  });
  return [stage, index];
}

/** Names weights as PyTorch does, whose blocks are counted by stage. @returns gives the name of a weight */
export function pytorchNames({ stages, prefix, modules, first = {} }: Naming) {
  return (weight: string): string => {
    const { block, part, norm, weight: name } = placeOf(weight);
    const module = (block === 0 ? first[part] : undefined) ?? modules[part];
    if (!module) throw new Error(`"${weight}" has no name in PyTorch`);
    const within = block < 0 ? "" : prefix(...positionOf(block, stages));
    return `${within}${module[norm ? 1 : 0]}.${PYTORCH[name]}`;
  };
}
