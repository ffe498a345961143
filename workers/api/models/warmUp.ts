import type { Model } from "../../../shared/model.ts";

/** Runs the network on a black image. */
function embedBlack(model: Model): Float32Array {
  const { width, height } = model.manifest.input;
  return model.embed(new Uint8Array(width * height * 3));
}

/** Whether a model's network runs. */
export function canEmbed(model: Model): boolean {
  try {
    embedBlack(model);
    return true;
  } catch {
    return false;
  }
}

/**
 * Runs a model once, as the first run compiles and allocates: an older version serves meanwhile, so that
 * no visitor waits for it. Takes `openEngine`.
 *
 * @throws whatever a model throws that cannot run
 */
export function warmUp(model: Model): void {
  model.scorePairs(embedBlack(model), Int32Array.of(0), Int32Array.of(0));
}
