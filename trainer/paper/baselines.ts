import { join } from "node:path";
import * as z from "zod";
import { backboneFeatures } from "../training/head.ts";
import type { Say } from "../console/say.ts";
import type { Bench } from "./bench.ts";
import { type Control, featureControls, pixelControl, rankByCosine } from "./controls.ts";
import { measureMiningCost, type MiningCost } from "./miningCost.ts";
import { type Plan, withMethod } from "./plan.ts";
import { controlFiguresSchema, keep, readKept } from "./runResult.ts";

const baselinesSchema = z.object({
  controls: z.array(controlFiguresSchema.extend({ title: z.string(), dimensions: z.number() })),
  miningCosts: z.array(
    z.object({
      batch: z.number(),
      scores: z.number(),
      hardest: z.number(),
      everyPositive: z.number(),
    }),
  ),
});

/** What is measured once and not per run; kept, so that starting again does not repeat it. */
export async function measureBaselines(
  { config: given, folder }: Plan,
  bench: Bench,
  say: Say,
): Promise<{ controls: Control[]; miningCosts: MiningCost[] }> {
  const path = join(folder, "controls.json");
  const kept = await readKept(path, baselinesSchema);
  if (kept) return kept;
  const config = withMethod(given, "pddm-quadruplet");
  const { learner, prepared } = await bench.open(config);
  const { data, split, body, inputs } = prepared;
  const { seed } = config;
  say("Controls that need no training");
  const controls = [await pixelControl(data, split.test, seed)];
  const { backbone, trunk, normalization } = body;
  if (backbone) {
    const embed = (items: readonly number[]) => {
      const embeddings = backboneFeatures({ backbone, trunk, normalization }, inputs, items);
      const labels = items.map((item) => data.labels[item]!);
      return { embeddings, d: embeddings.length / items.length, labels };
    };
    const [train, test] = [embed(split.train), embed(split.test)];
    controls.push(...featureControls(train, test, config.dimensions, seed));
  }
  const start = learner.embed(inputs, split.test, data.labels);
  controls.push({
    title: "the network before training",
    dimensions: start.d,
    ...rankByCosine(start, seed),
  });
  const miningCosts = measureMiningCost(learner.similarity, learner.dimensions);
  learner.dispose();
  await keep(path, { controls, miningCosts });
  return { controls, miningCosts };
}
