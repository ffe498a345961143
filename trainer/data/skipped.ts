import { firstFew } from "./remarks.ts";

/** An image that could not be used. */
export interface Skipped {
  path: string;
  reason: string;
}

/** A line for each reason: how many images, the first few by path, and the reason. */
export function skippedLines(skipped: readonly Skipped[]): string[] {
  const byReason = new Map<string, string[]>();
  for (const { path, reason } of skipped) {
    const paths = byReason.get(reason) ?? [];
    paths.push(path);
    byReason.set(reason, paths);
  }
  return Array.from(byReason, ([reason, paths]) => {
    const images = paths.length === 1 ? "image" : "images";
    return `Skipped ${paths.length} ${images}: ${firstFew(paths)} (${reason})`;
  });
}
