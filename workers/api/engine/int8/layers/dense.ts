import { dims } from "../../../../../shared/network/dims.ts";
import type { Context, Of } from "../context.ts";
import { curveOf } from "../curves.ts";
import { GROUP, packVector, padded } from "../pack.ts";
import { call, type Step } from "../step.ts";

export async function dense(of: Context, layer: Of<"dense">): Promise<Step[]> {
  const { kernel, constants } = of;
  const [input] = layer.inputs;
  const weights = of.packer.dense(await of.weight(`${layer.name}/kernel`));
  const { values: bias } = await of.weight(`${layer.name}/bias`);
  const numbers = [
    ...[of.place(input), ...dims(of.shape(input), 1), weights],
    ...[constants.put(packVector(bias)), of.place(layer.name)],
    ...[padded(layer.units) / GROUP, ...curveOf(layer)],
  ];
  return [call(kernel.dense, ...numbers)];
}
