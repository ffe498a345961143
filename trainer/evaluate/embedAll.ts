import { setImmediate } from "node:timers/promises";
import { Progress } from "../console/progress.ts";
import { UserError } from "../error.ts";
import type { Embedded } from "./embedded.ts";

const PART = 64;

/**
 * Embeds many images with a progress bar.
 *
 * @param embed embeds a few of them
 * @param items one at least
 * @throws UserError when aborted
 */
export async function embedAll(
  embed: (items: readonly number[]) => Embedded,
  items: readonly number[],
  signal: AbortSignal,
): Promise<Embedded> {
  const progress = new Progress("embedding", "images", items.length);
  const parts: Embedded[] = [];
  for (let start = 0; start < items.length; start += PART) {
    // A pause between parts, or Ctrl-C would not be heard.
    await setImmediate();
    if (signal.aborted) throw new UserError("stopped; nothing was written");
    parts.push(embed(items.slice(start, start + PART)));
    progress.update(Math.min(start + PART, items.length));
  }
  progress.stop();
  const { d } = parts[0]!;
  const embeddings = new Float32Array(items.length * d);
  parts.forEach((part, at) => {
    embeddings.set(part.embeddings, at * PART * d);
  });
  return { embeddings, d, labels: parts.flatMap(({ labels }) => Array.from(labels)) };
}
