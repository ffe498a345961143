import type { Say } from "../../trainer/console/say.ts";
import { startingPoint } from "../../trainer/weights/weights.ts";

/**
 * Adds what the pretrained weights of --init say of the network and its images to the flags that were given, which come
 * first.
 *
 * @throws UserError if there are no such weights
 */
export async function withStartingPoint(
  given: Record<string, unknown>,
  say: Say,
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  if (typeof given.init !== "string") return given;
  const { init, ...start } = await startingPoint(given.init, say, signal);
  return { ...start, ...given, init };
}
