import { readFile } from "node:fs/promises";
import * as z from "zod";
import { parseJson } from "../../shared/json.ts";
import { UserError } from "../error.ts";
import type { Config } from "../runs/config.ts";

const rgb = z.tuple([z.number(), z.number(), z.number()]);

const preprocessingSchema = z.object({
  mean: rgb,
  std: rgb.refine((std) => std.every((value) => value > 0)),
  /** Share of the picture's sides that the network was measured on. */
  crop_pct: z.number().min(0.5).max(1).default(1),
});

/** timm's own, and that of its repositories before 2023. */
const configSchema = z.union([
  z.object({ pretrained_cfg: preprocessingSchema }).transform((it) => it.pretrained_cfg),
  preprocessingSchema,
]);

/** How an image is prepared for pretrained weights. */
export type Preprocessing = Pick<Config, "normalization" | "centerCrop">;

/** Reads the `config.json` of timm. @throws UserError if it does not say how an image is prepared */
export async function readPreprocessing(path: string): Promise<Preprocessing> {
  const parsed = configSchema.safeParse(parseJson(await readFile(path, "utf8")));
  if (!parsed.success) {
    throw new UserError(
      `${path} does not give mean, std and crop_pct of the images, as timm's does; ` +
        "to take ImageNet's, pass the path of the file of weights itself: --init <file>",
    );
  }
  const { mean, std, crop_pct } = parsed.data;
  return { normalization: { mean, std }, centerCrop: crop_pct };
}
