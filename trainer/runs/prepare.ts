import { join } from "node:path";
import { DECODING } from "../../shared/image/frame.ts";
import { TRANSFORMS } from "../data/transforms/transforms.ts";
import type { Config } from "./config.ts";
import { Progress } from "../console/progress.ts";
import type { Say } from "../console/say.ts";
import { leakLines } from "../data/copies.ts";
import type { Dataset } from "../data/folder.ts";
import { type Split, splitByClass } from "../data/split.ts";
import { drawsOf } from "../data/feed/draws.ts";
import type { Draw } from "../data/feed/feed.ts";
import { CachedInputs, type Inputs, PixelInputs } from "../data/inputs/inputs.ts";
import { assemble, type EmbeddingNetwork } from "../networks/assemble.ts";
import { readFolder } from "../data/readFolder.ts";
import type { TrainingContext } from "../training/train.ts";

/**
 * Opens the network, reads the images, and runs its frozen layers on all of them.
 *
 * @throws UserError where data, network or weights are wrong
 */
export async function prepare(
  config: Config,
  say: Say,
  signal: AbortSignal,
): Promise<TrainingContext> {
  // First the network: wrong weights are told before all images are read.
  const body = await assemble(config, say);
  const { data, split } = await loadData(config, say);
  const draws = drawsOf(config, split.train, data.labels);
  const drawn = Array.from({ length: config.steps }, (_, i) => draws(i + 1));
  const inputs = await makeInputs(config, body, data, split, signal, drawn);
  return { data, split, body, inputs };
}

/** Where the images of runs are kept decoded; may be deleted at any time. */
const DECODED = join(".cache", "decoded");

/**
 * Data set and split of a run, with a word on what was left out.
 *
 * @throws UserError where the data are wrong
 */
export async function loadData(config: Config, say: Say): Promise<{ data: Dataset; split: Split }> {
  const { size, centerCrop, fit } = config;
  const margin = Math.round((size / centerCrop - size) / 2);
  const frame = { width: size, height: size, margin, fit, decode: DECODING };
  const data = await readFolder(config.data, frame, say, { folder: DECODED, say });
  const split = splitByClass(data, config.trainClasses);
  for (const line of leakLines(data, split)) say(line);
  if (split.singletons.length > 0) {
    say(`Classes of one image, which give no positive pairs: ${split.singletons.join(", ")}`);
  }
  say(
    `${data.labels.length} images of ${data.classes.length} classes (${data.layout}): ` +
      `${split.train.length} to train, ${split.heldOut.length} held out, ${split.test.length} to test`,
  );
  return { data, split };
}

/** Of the views that runs share, which behind pretrained layers are the same for all of them. */
const SHARED_SEED = 1;

/** Decides the views that are kept behind frozen layers. Without pretrained weights these layers are of the seed, too. */
export const viewSeedOf = ({ init, seed }: Config): number =>
  init === undefined ? seed : SHARED_SEED;

/**
 * What the network's trained part reads; where layers are frozen, these run here, on all images.
 *
 * @param draws what all steps draw, if the inputs are for one run
 */
export async function makeInputs(
  config: Config,
  { trunk }: EmbeddingNetwork,
  data: Dataset,
  { train }: Split,
  signal: AbortSignal,
  draws?: readonly Draw[],
): Promise<Inputs> {
  const { augment, views } = config;
  if (!trunk) return new PixelInputs(data, augment);
  let progress: Progress | undefined;
  const onProgress = (done: number, total: number) => {
    progress ??= new Progress("frozen  ", "images", total);
    progress.update(done);
  };
  const inputs = await CachedInputs.compute(
    trunk,
    data,
    {
      ...{ items: train, views, augment: TRANSFORMS[augment], seed: viewSeedOf(config) },
      ...(draws && { draws }),
    },
    onProgress,
    signal,
  );
  progress?.stop();
  return inputs;
}
