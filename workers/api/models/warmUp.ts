import type { Model } from "../../../shared/model.ts";

/** A model was loaded but cannot compute; `cause` says why. */
export class DoesNotRun extends Error {
  override name = "DoesNotRun";
}

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
 * Runs a model once while an older version serves, because the first run compiles and allocates. Await
 * `openEngine` first.
 *
 * @throws DoesNotRun
 */
export function warmUp(model: Model): void {
  try {
    model.scorePairs(embedBlack(model), Int32Array.of(0), Int32Array.of(0));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DoesNotRun(`it does not run: ${reason}`, { cause });
  }
}
