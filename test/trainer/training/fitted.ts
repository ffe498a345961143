/** A learner on a small data set, to fit something to. */
import { configSchema } from "../../../trainer/runs/config.ts";
import { PixelInputs } from "../../../trainer/data/inputs/inputs.ts";
import { Learner } from "../../../trainer/training/learner.ts";
import type { MethodName } from "../../../trainer/methods/methods.ts";
import { assemble } from "../../../trainer/networks/assemble.ts";
import { dataset } from "../../oracles/dataset.ts";
import { each } from "../../oracles/numbers.ts";

const SIZE = 16;
export const D = 8;
export const data = dataset([6, 5, 5, 4], SIZE, SIZE);
export const items = each(20);
export const inputs = new PixelInputs(data, "none");

export async function learnerOf(method: MethodName, trainClasses: number, trainImages: number) {
  const config = configSchema.parse({
    data: "x",
    name: "x",
    size: SIZE,
    dimensions: D,
    hidden: 4,
    method,
  });
  const body = await assemble(config, () => undefined);
  return new Learner(body, config, { trainClasses, trainImages });
}
