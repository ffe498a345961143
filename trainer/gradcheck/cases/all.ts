/** All cases by topic: every op and composition that training uses. */
import type { Case } from "../case.ts";
import { batchNorm } from "./batchNorm.ts";
import { clipping } from "./clipping.ts";
import { convolutions } from "./convolutions.ts";
import { elementwise } from "./elementwise.ts";
import { indexing } from "./indexing.ts";
import { losses } from "./losses.ts";
import { networks } from "./networks.ts";
import { optimizer } from "./optimizer.ts";
import { pooling } from "./pooling.ts";
import { products } from "./products.ts";
import { reductions } from "./reductions.ts";

export const CASES: Record<string, Case[]> = {
  convolution: convolutions,
  pooling,
  "matrix product": products,
  "batch norm": batchNorm,
  clipping,
  reduction: reductions,
  elementwise,
  indexing,
  "loss of a method": losses,
  optimizer,
  "training step": networks,
};
