import { isProduct, rowsAtOnce } from "../buffers.ts";
import type { Context, Of } from "../context.ts";
import { beforeCurve, putCurve, stepsBeforeCurve } from "../curves.ts";
import { coarsen, GROUP, integerKernel, packAffine, packZeros, padded, strideOf } from "../pack.ts";
import { call, type Step } from "../step.ts";
import { before } from "./before.ts";

export async function conv2d(of: Context, layer: Of<"conv2d">): Promise<Step[]> {
  const { kernel, constants } = of;
  const [input] = layer.inputs;
  const [height, width, channels] = of.image(input);
  const output = of.image(layer.name);
  const [outHeight, outWidth, filters] = output;
  const [reads, gives] = [of.activations(input), of.activations(layer.name)];
  const integers = integerKernel(await of.weight(`${layer.name}/kernel`), reads.scale, false);
  const { values, scales } = coarsen(integers, stepsBeforeCurve(layer, gives));
  const { weights, rows } = of.packer.gemm(values, channels, filters);
  const { values: bias } = await of.weight(`${layer.name}/bias`);
  const sums = of.packer.sumZeros(values, filters, reads.zero);
  const affine = constants.put(packAffine(scales, bias, sums, beforeCurve(layer, gives)));
  const curve = putCurve(layer, gives, constants);
  const [x, y] = [of.place(input), of.place(layer.name)];
  const pixels = outHeight * outWidth;
  const [stride, outStride] = [strideOf(channels), strideOf(filters)];
  const panels = padded(filters) / GROUP;
  const product = (from: number, step: number, count: number, to: number) =>
    call(
      kernel.gemm,
      ...[from, step, count, rows, weights, affine, curve],
      ...[to, outStride, panels],
    );
  if (isProduct(layer, channels)) return [product(x, stride, pixels, y)];
  const zeros = constants.put(packZeros(reads));
  const most = rowsAtOnce(layer, channels);
  const address = of.room(layer.name);
  const [top, left] = before(layer, layer.kernelSize, of.image(input), output);
  const [rowStep, columnStep] = layer.strides;
  const windows = Array.from({ length: Math.ceil(pixels / most) }, (_, i) => i * most);
  return windows.flatMap((first) => {
    const count = Math.min(most, pixels - first);
    return [
      call(
        kernel.gather,
        ...[x, height, width, stride, zeros, ...layer.kernelSize, rowStep, columnStep],
        ...[top, left, outWidth, first, count, address, rows],
      ),
      product(address, rows, count, y + first * outStride),
    ];
  });
}
