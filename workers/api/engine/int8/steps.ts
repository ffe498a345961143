import type { Layer } from "../../../../shared/network/schema.ts";
import type { Context } from "./context.ts";
import { add } from "./layers/add.ts";
import { conv2d } from "./layers/conv2d.ts";
import { dense } from "./layers/dense.ts";
import { depthwise } from "./layers/depthwise.ts";
import { activation, concat, scaleShift, zeroPadding } from "./layers/elementwise.ts";
import { multiply } from "./layers/multiply.ts";
import { pool, toVector } from "./layers/pool.ts";
import type { Step } from "./step.ts";

/** The calls of the kernel that run a layer. Its weights are read, packed and released. */
export function stepsOf(of: Context, layer: Layer): Step[] | Promise<Step[]> {
  switch (layer.op) {
    case "conv2d":
      return conv2d(of, layer);
    case "depthwise_conv2d":
      return depthwise(of, layer);
    case "max_pool2d":
    case "average_pool2d":
      return pool(of, layer);
    case "add":
      return add(of, layer);
    case "concat":
      return concat(of, layer);
    case "activation":
      return activation(of, layer);
    case "scale_shift":
      return scaleShift(of, layer);
    case "multiply":
      return multiply(of, layer);
    case "zero_padding2d":
      return zeroPadding(of, layer);
    case "global_average_pool2d":
    case "flatten":
      return toVector(of, layer);
    case "dense":
      return dense(of, layer);
  }
}
