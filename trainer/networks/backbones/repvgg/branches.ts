import type { SourceTensor } from "../../init/sourceTensor.ts";

type Tensors = ReadonlyMap<string, SourceTensor>;

/** timm's epsilon of batch norms. */
const EPSILON = 1e-5;

const KERNEL = "conv_kxk.conv.weight";

/** A batch norm as y = x * scale + shift, per channel. */
function affine(tensors: Tensors, norm: string): { scale: Float32Array; shift: Float32Array } {
  const read = (name: string) => {
    const tensor = tensors.get(`${norm}.${name}`);
    if (!tensor) throw new Error(`the batch norm "${norm}" has no ${name}`);
    return tensor.values;
  };
  const [gamma, beta, mean] = [read("weight"), read("bias"), read("running_mean")];
  const scale = read("running_var").map((variance, c) => gamma[c]! / Math.sqrt(variance + EPSILON));
  return { scale, shift: beta.map((value, c) => value - mean[c]! * scale[c]!) };
}

/**
 * Fuses the branches of one block into a 3 x 3 convolution with bias (Ding et al. 2021, section 3.3):
 *
 *     n3(K3 * x) + n1(K1 * x) + n0(x) = (s3 K3 + s1 K1 at the centre + s0 I at the centre) * x + t3 + t1 + t0
 *
 * with batch norms n(x) = s x + t. Blocks that change the size or the number of channels have no n0.
 */
function fuse(tensors: Tensors, block: string, { shape, values }: SourceTensor) {
  const [, ins = 0] = shape;
  const one = tensors.get(`${block}conv_1x1.conv.weight`);
  if (!one) throw new Error(`"${block}" has no 1 x 1 convolution`);
  const threeNorm = affine(tensors, `${block}conv_kxk.bn`);
  const oneNorm = affine(tensors, `${block}conv_1x1.bn`);
  const identity = tensors.has(`${block}identity.weight`)
    ? affine(tensors, `${block}identity`)
    : undefined;
  const kernel = values.map((weight, i) => weight * threeNorm.scale[Math.floor(i / (9 * ins))]!);
  one.values.forEach((weight, i) => {
    const out = Math.floor(i / ins);
    kernel[9 * i + 4]! += weight * oneNorm.scale[out]!;
    if (identity && i % ins === out) kernel[9 * i + 4]! += identity.scale[out]!;
  });
  const bias = threeNorm.shift.map(
    (value, c) => value + oneNorm.shift[c]! + (identity?.shift[c] ?? 0),
  );
  return { kernel: { shape, values: kernel }, bias: { shape: [bias.length], values: bias } };
}

/** Turns timm's weights of the form of training into those of the form of inference. */
export function fuseBranches(tensors: Tensors): Map<string, SourceTensor> {
  const fused = new Map<string, SourceTensor>();
  for (const [name, tensor] of tensors) {
    if (!/^(stem|stages)\./.test(name)) fused.set(name, tensor);
    if (!name.endsWith(KERNEL)) continue;
    const block = name.slice(0, -KERNEL.length);
    const { kernel, bias } = fuse(tensors, block, tensor);
    fused.set(`${block}reparam_conv.weight`, kernel).set(`${block}reparam_conv.bias`, bias);
  }
  return fused;
}
