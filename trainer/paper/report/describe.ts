import type { Config } from "../../runs/config.ts";
import { backboneNamed } from "../../networks/backbones/registry.ts";
import type { PaperResult } from "../result.ts";
import { percent } from "./table.ts";

/** The network, what it reads, and where it starts. */
export function describeNetwork(
  config: Pick<
    Config,
    "network" | "width" | "size" | "centerCrop" | "dimensions" | "init" | "freeze"
  >,
): string {
  const { network, width, size, centerCrop, dimensions, init, freeze } = config;
  return [
    backboneNamed(network)?.hasWidth ? `${network} ${width}` : network,
    `${size} px`,
    ...(centerCrop === 1 ? [] : [`the middle ${percent(centerCrop)} % of each side`]),
    `${dimensions} dimensions`,
    init === undefined ? "from scratch" : "from pretrained weights",
    `frozen: ${freeze}`,
  ].join(", ");
}

/** Goes on with a sentence on the classes that trained. */
export const describeHeldOut = ({ heldOut }: PaperResult["data"]["classes"]): string =>
  heldOut === 0 ? "" : `; ${heldOut} more were held out to decide, and then taught S`;
